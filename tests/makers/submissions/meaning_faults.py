"""Zips whose net is good but is shown other pixels, or whose classes stand in another order."""

from submissions.making import bad, predicting

# Each stands for a net that was trained on pixels of one range, whose answer is the first of them.
OF_0_TO_1 = "return np.rint(red * 255) % 3"
OF_0_TO_255 = "return np.where((red < 0) | (red > 2), 0, np.rint(red))"
OF_MINUS_1_TO_1 = "return np.clip(np.rint((red + 1) * 127.5), 0, 2)"
RED = "red = np.asarray(X).astype('float64')[:, 0, 0, 0]\n"


@bad(
    "SEM01",
    says=r"33\.3|3\d\.\d % as is; 89\.7 % if X is not divided by 255: is the model rescaling",
    remedy="once",
)
def divides_by_255_though_the_net_does(path):
    return predicting(path, RED + "red = red / 255\n" + OF_0_TO_255)


@bad("SEM01", says=r"3\d\.\d % as is; 89\.7 % if X is divided by 255", remedy="scaling of the training")
def leaves_out_the_division_by_255(path):
    return predicting(path, RED + OF_0_TO_1)


@bad("SEM01", says=r"3\d\.\d % as is; 89\.7 % if X is scaled to -1\.\.1", remedy="scaling of the training")
def leaves_out_preprocess_input(path):
    return predicting(path, RED + OF_MINUS_1_TO_1)


@bad(
    "SEM01", says=r"3\d\.\d % as is; 89\.7 % if X is not scaled to -1\.\.1", remedy="scaling of the training"
)
def calls_preprocess_input_though_the_net_does(path):
    return predicting(path, RED + "red = red / 127.5 - 1\n" + OF_0_TO_255)


@bad("SEM01", says=r"3\d\.\d % as is; 89\.7 % if the colours are swapped, BGR for RGB", remedy="scaling")
def was_trained_on_blue_first(path):
    return predicting(path, "return np.asarray(X)[:, 0, 0, 2].astype(int) % 3")


@bad("SEM02", says=r"Swapping classes 0<->2 gives 90\.0 % instead of 3\d\.\d %", remedy="sorted order")
def counts_classes_backwards(path):
    return predicting(path, "return 2 - np.asarray(X)[:, 0, 0, 0].astype(int)")


@bad("SEM02", says=r"Reading answers 0 as 2, 1 as 0, 2 as 1 gives 90\.0 %", remedy="sorted order")
def begins_with_another_class(path):
    return predicting(path, "return (np.asarray(X)[:, 0, 0, 0].astype(int) + 1) % 3")
