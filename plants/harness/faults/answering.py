"""OUT, DET and SEM: the answers, whether they are stable, and whether they mean what they should."""

from plants.harness.faults.definition import REJECT, WARNING, Kind

ANSWERING = {
    "OUT01": Kind(
        REJECT,
        "No numbers",
        "The answers do not convert to whole numbers, one class index per image.",
        "Return a one-dimensional array or tensor of integers, such as tf.argmax(out, axis=-1).",
    ),
    "OUT02": Kind(
        REJECT,
        "Scores per class",
        "These are scores per class; the contest wants the index of the best class.",
        "Return tf.argmax(out, axis=-1).",
    ),
    "OUT03": Kind(
        REJECT,
        "Wrong shape or number of answers",
        "The contest wants one class index per image, in the order of X.",
        "Return an array of shape (N,) for N images, the last partial batch included.",
    ),
    "OUT04": Kind(
        REJECT,
        "Values that are no classes",
        "Answers outside the classes cannot be scored.",
        "Return class indices, counted from 0.",
    ),
    "OUT05": Kind(
        WARNING,
        "Changes X",
        "Whoever uses the images after predict gets the changed ones.",
        "Work on a copy: X = np.array(X), and no -=, /= or out= on what the server passed.",
    ),
    "OUT06": Kind(
        WARNING,
        "Fails for some kinds of X",
        "Nobody documents whether the server passes a tensor or an array, of which type and how many images.",
        "Begin predict with X = tf.cast(X, tf.float32), and use len(X) instead of a fixed number.",
    ),
    "DET01": Kind(
        WARNING,
        "Other answers at every run",
        "Dropout, noise, augmentation or batch statistics are active in predict, or a draw has no seed.",
        "Call the net with training=False and seed what is drawn.",
    ),
    "DET02": Kind(
        WARNING,
        "Answers depend on the order of the images",
        "What is done to one image takes in its neighbours in the batch.",
        "Look for a roll, sort, mean or normalisation over axis 0; use axes 1 to 3.",
    ),
    "DET03": Kind(
        WARNING,
        "Answers depend on earlier calls or on the size of the batch",
        "Something is kept from call to call, or computed over the batch.",
        "Compute each answer from its image and the loaded weights alone.",
    ),
    "DET04": Kind(
        WARNING,
        "Answers depend on the machine or its versions",
        "Near-ties between classes are decided by rounding, which differs between versions and machines.",
        "Expect the score to differ by these images; save and check with the server's versions.",
    ),
    "SEM01": Kind(
        WARNING,
        "Pixels are not scaled as in training",
        "The net gets pixels of another range or order of colours than it was trained on.",
        "Use in predict exactly the scaling of the training, once.",
    ),
    "SEM02": Kind(
        WARNING,
        "Classes in another order",
        "The net was trained with its classes in another order than that of the contest.",
        "Map its answers to the classes in the order of the contest, or in sorted order of their folders.",
    ),
    "SEM03": Kind(
        WARNING,
        "Nearly always the same class",
        "The net answers nearly the same whatever it sees: it may be untrained, or its input "
        "may be scaled differently from training.",
        "Check that the trained weights are loaded and that pixels are scaled as in training.",
    ),
    "SEM04": Kind(
        WARNING,
        "Scored on images it was trained on",
        "The net has seen these images with their labels, so the score is not an estimate.",
        "Score on images the net was not trained on: --split test with the data and split of the training.",
    ),
    "CMP01": Kind(
        WARNING,
        "No better than the other zip",
        "The difference is as large as chance alone makes it on so few images.",
        "Choose by more images or by cross-validation, not by this difference.",
    ),
}
