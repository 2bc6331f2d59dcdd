"""Asked again in other ways: what comes from each image alone?"""
