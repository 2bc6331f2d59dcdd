"""Zips that run and answer well-formed, but whose answers do not come from each image alone."""

from plants.harness.examples import Examples
from plants.harness.judge import judge_zip
from plants.harness.options import JudgeOptions
from submissions import making
from submissions.making import MODEL, RETURN, bad, good, images_and_labels, predicting

LABEL = "label = np.asarray(X)[:, 0, 0, 0].astype(int)\n"


def remembering(path, body):
    """A submission that counts its calls in `self.calls`, from 1; `body` is the rest of predict."""
    model = MODEL.replace("self.path = path", "self.calls = 0")
    body = "self.calls += 1\n" + LABEL + body
    return good(path, model__py=model.replace(RETURN, body.replace("\n", "\n        ")))


@bad("OUT05", says=r"predict changed X \(from 0\.\.100 to 0\.\.0\.39\d*\)", remedy="Work on a copy")
def scales_x_in_place(path):
    return predicting(
        path, "label = X[:, 0, 0, 0].astype(int)\nif X.dtype == 'float32': X /= 255\nreturn label"
    )


@bad("OUT05", says=r"predict changed X \(other values in the same range\)", remedy="Work on a copy")
def flips_x_in_place(path):
    return predicting(path, LABEL + "X[:] = X[:, ::-1].copy()\nreturn label")


@bad(
    "OUT06",
    file="model.py",
    line=9,
    says=r"fails on X as a uint8 array: .*\(model\.py, line 9\): \w+Error: Cannot cast",
    remedy=r"X = tf\.cast\(X, tf\.float32\)",
)
def divides_in_place_what_may_be_bytes(path):
    return predicting(path, "X = np.array(X)\nX /= 1.0\nreturn X[:, 0, 0, 0].astype(int)".replace("\n", "; "))


@bad("OUT06", says="8 of 8 answers change on X as a float64 array", remedy="tf.cast")
def reads_bytes_as_if_they_were_float32(path):
    return predicting(path, "label = X[:, 0, 0, 0].astype(int)\nreturn (label + (X.dtype == 'float64')) % 3")


@bad("OUT06", says=r"fails on X of 1 image: Shape \(\) instead of \(1,\)", remedy="len")
def squeezes_a_single_image_away(path):
    return predicting(path, "return np.squeeze(np.asarray(X)[:, 0, 0, :1]).astype(int)")


@bad("RUN01", file="model.py", line=9, says="On 29 images, though not on 30: .*ValueError", remedy="line")
def knows_the_number_of_images(path):
    return predicting(path, "return np.asarray(X).reshape(30, -1)[:, 0].astype(int)")


@bad(
    "OUT03",
    says="On 29 images, though not on 30: 25 answers for 29 images",
    cause="batch may be dropped",
    remedy="last partial batch",
)
def drops_a_partial_batch_that_the_held_out_images_do_not_have(path):
    return predicting(path, "n = len(X) // 5 * 5 or len(X)\nreturn X[:n, 0, 0, 0].astype(int)")


@bad(
    "DET01", says=r"\d+ of 29 answers changed between identical runs \(score 0\.\d+ to 0\.\d+", remedy="seed"
)
def draws_at_random_in_predict(path):
    return predicting(path, LABEL + "return np.where(np.random.rand(len(X)) < 0.3, (label + 1) % 3, label)")


@bad("DET01", says=r"\d+ of 29 answers changed between identical runs", remedy="seed")
def draws_its_weights_at_random(path):
    model = MODEL.replace("self.path = path", "self.shift = np.random.randint(0, 3, 1 << 10)")
    body = LABEL + "return (label + self.shift[np.asarray(X)[:, 1, 1, 1].astype(int)]) % 3"
    return good(path, model__py=model.replace(RETURN, body.replace("\n", "\n        ")))


@bad(
    "DET02",
    says=r"answers change when only the images around them are replaced, .* mix neighbours \(axis 0\?\)",
    remedy="axis 0",
)
def rolls_the_batch_instead_of_the_image(path):
    """As views made by np.roll without the right axis do: a clear neighbour outvotes an image."""
    return predicting(path, LABEL + "return np.where(np.roll(label, 1) == 2, 2, label)")


@bad("DET02", says="mix neighbours", remedy="axis 0")
def normalises_over_the_batch(path):
    return predicting(path, LABEL + "return np.clip(np.rint(label - label.mean() + 1), 0, 2)")


@bad("DET02", says="mix neighbours", remedy="axis 0")
def returns_the_answers_sorted(path):
    return predicting(path, LABEL + "return np.sort(label)")


@bad(
    "DET02",
    says="shuffled.*whatever is next to them",
    cause="depends on its place in X",
    remedy="index in the batch",
)
def treats_every_other_image_otherwise(path):
    return predicting(path, LABEL + "return (label + np.arange(len(X)) % 2) % 3")


@bad("DET03", says=r"Second call differs from first: 29 of 29 answers", remedy="loaded weights alone")
def wears_out(path):
    return remembering(path, "return (label + self.calls - 1) % 3")


@bad("DET03", says="Second call fails: .*ZeroDivisionError", remedy="loaded weights alone")
def works_only_once(path):
    return remembering(path, "1 // (2 - self.calls)\nreturn label")


@bad("DET03", says="Second call fails: Exited", remedy="loaded weights alone")
def ends_at_the_second_call(path):
    return remembering(path, "if self.calls > 1: __import__('os')._exit(0)\nreturn label")


@bad(
    "DET03",
    says=r"Second call fails: (Wrote too much to the temporary folder|No space left)",
    remedy="loaded weights alone",
    tmp_limit_bytes=8 << 20,
)
def leaves_a_file_at_each_call(path):
    """5 MB each: what one call leaves is within the limit, and a server makes one."""
    file = "open(os.path.join(tempfile.gettempdir(), str(self.calls)), 'wb')"
    return remembering(path, f"import os, tempfile\n{file}.write(bytes(5 << 20))\nreturn label")


@bad("DET03", says="Second call differs from first", remedy="loaded weights alone")
def keeps_the_answers_for_the_next_call_of_the_same_length(path):
    body = "kept = self.__dict__.setdefault('kept', {})\nreturn kept.setdefault(len(X), label)"
    return remembering(path, body)


@bad("DET03", says=r"A new instance differs from the first: \d of 8 answers", remedy="loaded weights alone")
def counts_its_instances(path):
    model = MODEL.replace("class model:", "class model:\n    made = 0\n")
    model = model.replace("self.path = path", "self.number = model.made\n        model.made += 1")
    body = LABEL + "return (label + self.number) % 3"
    return good(path, model__py=model.replace(RETURN, body.replace("\n", "\n        ")))


@bad("DET03", says=r"of 21 answers change in batches of 7; 8 of 8 answers change one by one", remedy="loaded")
def answers_small_batches_otherwise(path):
    return predicting(path, LABEL + "return label if len(X) > 20 else (label + 1) % 3")


@bad(
    "DET03",
    says="1 of 8 answers change one by one: near-ties",
    cause="Rounding differs with the size of a batch",
    remedy="one batch size",
)
def rounds_one_image_otherwise_if_it_is_alone(path):
    alone = "tie = (label == 2) & (np.asarray(X)[:, 1, 1, 1] == {}) & (len(X) == 1)\nreturn label - tie"
    return predicting(path, LABEL + alone.format(image_asked_about_alone()))


def image_asked_about_alone():
    """The mark of an image with first pixel 2 among the eight that are asked about one by one."""
    from plants.harness.probes.probes import EIGHT, Probes

    images, labels = images_and_labels()
    few = Probes(images, labels).images[:EIGHT]
    return next(int(image[1, 1, 1]) for image in few if image[0, 0, 0] == 2)


@bad("SEC03", says="they go from 0 to 2 in the order of X, whatever it shows", remedy="from its image alone")
def takes_the_images_for_sorted_by_class(path):
    return predicting(path, "return np.arange(len(X)) * 3 // len(X)")


@bad("SEC03", says="they go from 2 to 0 in the order of X, whatever it shows", remedy="from its image alone")
def takes_the_images_for_sorted_by_class_from_the_last(path):
    return predicting(path, "return 2 - np.arange(len(X)) * 3 // len(X)")


@bad(
    "SEC05",
    says="90% right on 29 known images, 3\\d% after a 1-px shift, 3\\d% after a JPEG re-encoding",
    remedy="what the image shows",
)
def looks_images_up_in_a_table(path):
    images, _ = images_and_labels()
    table = {hash_of(image): int(image[0, 0, 0]) for image in images}
    body = f"""\
import zlib
table = {table}
return [table.get(zlib.crc32(np.asarray(x).astype('uint8').tobytes()), 0) for x in X]"""
    return predicting(path, body)


def hash_of(image):
    import zlib

    return zlib.crc32(image.tobytes())


@bad(
    "SEC05",
    says="90% right on 29 known images, 3\\d% after a 1-px shift, 3\\d% after a JPEG re-encoding",
    remedy="what the image shows",
)
def looks_images_up_at_the_first_call_only(path):
    images, _ = images_and_labels()
    table = {hash_of(image): int(image[0, 0, 0]) for image in images}
    body = f"""\
import zlib
table = {table} if self.calls == 1 else {{}}
return [table.get(zlib.crc32(np.asarray(x).astype('uint8').tobytes()), 0) for x in X]"""
    return remembering(path, body)


@bad("SEC05", says="0% after a 1-px shift", remedy="what the image shows")
def fails_on_images_that_are_not_in_its_table(path):
    images, _ = images_and_labels()
    table = {hash_of(image): int(image[0, 0, 0]) for image in images}
    body = f"""\
import zlib
table = {table}
return [table[zlib.crc32(np.asarray(x).astype('uint8').tobytes())] for x in X]"""
    return predicting(path, body)


@bad(
    "SEC06", says="100% of 29 answers are the same for random noise: they do not come from X", remedy="image"
)
def draws_answers_from_a_seed(path):
    return predicting(path, "return np.random.default_rng(0).integers(0, 3, len(X))")


@bad(
    "SEC07",
    says=r"Behaviour changed with N: 90% of 29 images right when asked about 30 at once, 3\d% of",
    remedy="image",
)
def answers_well_only_as_many_images_as_are_held_out(path):
    return predicting(path, LABEL + "return label if len(X) == 30 else label * 0")


@bad(
    "RES01",
    says=r"Predict 0\.\d+ s for 30 images; 2942 would take \d\d(\.\d)? s in all > 5 s",
    remedy="batches",
    time_limit_seconds=5.0,
)
def takes_ten_milliseconds_for_each_image(path):
    return predicting(path, "__import__('time').sleep(0.01 * len(X))\n" + LABEL + "return label")


def thoroughly(path, profile):
    """The Verdict after all that is asked with --thorough."""
    return judge_zip(path, Examples(making.dataset(), "all"), JudgeOptions(profile, thorough=True))


@bad(
    "DET04",
    judged=thoroughly,
    says=r"30 of 30 answers flip with one thread instead of all",
    remedy="versions",
)
def counts_its_processors(path):
    """Stands for sums whose order depends on the number of threads."""
    return predicting(path, LABEL + "import os\nreturn (label + (len(os.sched_getaffinity(0)) == 1)) % 3")
