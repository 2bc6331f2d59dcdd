"""Recipes: complete, frozen, checked; every field is used, and a typing error is named."""

import ast
import dataclasses
import inspect
import json
import re
from pathlib import Path

import pytest

from plants.errors import InputError
from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.recipes.recipe import Augmentation, Dense, Phase, Recipe, from_dict, to_dict

ROOT = Path(__file__).parents[2]
PHASES = (Phase("first", 3, 1e-3, 64), Phase("second", 5, 1e-4, 96))
RECIPE = Recipe("tiny-one", "for tests", 1.0, PHASES, image_size=96)


def refused(message, function, *arguments):
    """Calling the function is refused with this message, in one line."""
    with pytest.raises(InputError, match=message) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "assignment, expected",
    [
        ("batch_size=16", dict(batch_size=16)),
        ("dropout=0.5", dict(dropout=0.5)),
        ("dropout=1e-1", dict(dropout=0.1)),
        ("dropout=0", dict(dropout=0.0)),
        ("holdout=0", dict(holdout=0.0)),
        ("backbone=lite2", dict(backbone="lite2")),
        ("weights=/a/path=b.pth", dict(weights="/a/path=b.pth")),
        (" backbone = lite1 ", dict(backbone="lite1")),
        ("augmentation.zoom_in=0.25", dict(augmentation=Augmentation(zoom_in=0.25))),
        ("augmentation.quarter_turns=true", dict(augmentation=Augmentation(quarter_turns=True))),
        ("augmentation.quarter_turns=False", dict(augmentation=Augmentation(quarter_turns=False))),
        ("augmentation.flips=both", dict(augmentation=Augmentation(flips="both"))),
        ("phases.0.epochs=7", dict(phases=(Phase("first", 7, 1e-3, 64), PHASES[1]))),
        ("phases.1.trainable=last-20", dict(phases=(PHASES[0], Phase("second", 5, 1e-4, 96, "last-20")))),
        ("phases.1.monitor=auc", dict(phases=(PHASES[0], Phase("second", 5, 1e-4, 96, monitor="auc")))),
        ("head=64", dict(head=(Dense(64),))),
        ("head=64, 32", dict(head=(Dense(64), Dense(32)))),
        ("head=none", dict(head=())),
        ("head=", dict(head=())),
        ("phases.1.learning_rate=1e-5", dict(phases=(PHASES[0], Phase("second", 5, 1e-5, 96)))),
    ],
)
def test_a_value_is_read_by_the_annotation_of_its_field(assignment, expected):
    changed = override(RECIPE, assignment)
    assert changed == dataclasses.replace(RECIPE, **expected)


ELU = Dense(64, "elu", "he_normal", batch_norm=True, dropout=0.4)
WITH_HEAD = dataclasses.replace(RECIPE, head=(Dense(128), ELU))


@pytest.mark.parametrize(
    "assignment, head",
    [
        # new layers are like the last one there was
        ("head=32,16,8", tuple(dataclasses.replace(ELU, units=units) for units in (32, 16, 8))),
        ("head=none", ()),
        ("head.0.dropout=0.1", (Dense(128, dropout=0.1), ELU)),
        ("head.1.units=5", (Dense(128), dataclasses.replace(ELU, units=5))),
        ("head.1.activation=gelu", (Dense(128), dataclasses.replace(ELU, activation="gelu"))),
    ],
)
def test_hidden_layers_are_set_by_their_units_or_one_by_one(assignment, head):
    assert override(WITH_HEAD, assignment) == dataclasses.replace(RECIPE, head=head)


def test_whole_numbers_stay_whole_and_shares_become_floats():
    assert type(override(RECIPE, "batch_size=16").batch_size) is int
    assert type(override(RECIPE, "holdout=0").holdout) is float


def test_the_recipe_itself_is_left_as_it_was():
    before = to_dict(RECIPE)
    override(RECIPE, "phases.0.epochs=7")
    assert to_dict(RECIPE) == before


@pytest.mark.parametrize(
    "assignment, message",
    [
        ("batchsize=16", "no recipe field 'batchsize'; the closest is 'batch_size'"),
        ("phases.0.epoch=1", "no recipe field 'epoch'; the closest is 'epochs'"),
        ("augmentation.zoom=1", "no recipe field 'zoom'; the closest is 'zoom_"),
        ("=1", "no recipe field ''; the closest is"),
        ("batch_size", "^--set batch_size: expected field=value, e.g. --set batch_size=16$"),
        ("batch_size=many", "got 'many', expected a whole number"),
        ("batch_size=1.5", "got '1.5', expected a whole number"),
        ("batch_size=", "got '', expected a whole number"),
        ("dropout=some", "got 'some', expected a number"),
        ("augmentation.quarter_turns=1", "got '1', expected true or false"),
        ("dropout=0.96", "Recipe field 'dropout': got 0.96, expected a value from 0.0 to 0.95"),
        ("dropout=-0.1", "Recipe field 'dropout': got -0.1, expected a value from 0.0 to 0.95"),
        ("dropout=nan", "Recipe field 'dropout': got nan, expected a value from 0.0 to 0.95"),
        ("minutes=inf", "Recipe field 'minutes': got inf, expected a value from 0.0 to 1000000.0"),
        ("name=../x", r"Recipe field 'name': got '\.\./x', expected lower case with hyphens"),
        ("batch_size=1", "Recipe field 'batch_size': got 1, expected a value from 2 to 4096"),
        ("views=3", "Recipe field 'views': got 3, expected one of 1, 2, 4, 8"),
        ("holdout=0.2", "Recipe field 'holdout': got 0.2, expected one of 0.15, 0.0"),
        (
            "backbone=resnet50",
            "'backbone': got 'resnet50', expected one of lite0, lite1, lite2, vgg16, vgg19, ",
        ),
        ("phases.0.epochs=0", "Phase field 'epochs': got 0, expected a value from 1 to 10000"),
        ("phases.0.learning_rate=0", "'learning_rate': got 0.0, expected above 0, at most 10"),
        ("phases.0.warmup_epochs=3.5", "'warmup_epochs': got 3.5, expected a value from 0.0 to 3"),
        ("augmentation.hue=181", "Augmentation field 'hue': got 181.0, expected a value from 0.0 to 180.0"),
        ("phases.2.epochs=1", "no entry '2': there are 2, counted from 0"),
        ("phases.-1.epochs=1", "no entry '-1': there are 2, counted from 0"),
        ("phases.².epochs=1", "no entry '²': there are 2, counted from 0"),
        ("phases.first.epochs=1", "no entry 'first': there are 2, counted from 0"),
        ("phases=3", "this field holds further ones; set one of them by its path, like phases.0.epochs"),
        ("phases.0=3", "this field holds further ones"),
        ("augmentation=none", "this field holds further ones"),
        ("head=64,many", "--set head=64,many: got 'many', expected a whole number"),
        ("head=0", "Dense field 'units': got 0, expected a value from 1 to 65536"),
        ("head=64,", "got '', expected a whole number"),
        ("head.0.units=1", "no entry '0': there are 0, counted from 0"),
        (
            "phases.0.trainable=last-0",
            "'trainable': got 'last-0', expected 'none', 'all' or 'last-<number of",
        ),
        ("phases.0.trainable=last", "'trainable': got 'last', expected 'none', 'all' or 'last-<number of"),
        (
            "phases.0.trainable=20",
            "'trainable': got '20', expected 'none', 'all' or 'last-<number of layers>'",
        ),
        (
            "phases.0.monitor=f1",
            "'monitor': got 'f1', expected one of accuracy, categorical_accuracy, auc, loss",
        ),
        ("fit=crop", "Recipe field 'fit': got 'crop', expected one of resize, pad"),
        ("mixing=blend", "'mixing': got 'blend', expected one of none, mixup, cutmix, either"),
        ("pooling=max", "'pooling': got 'max', expected one of average, flatten"),
        ("imbalance=focal", "expected one of none, class-weight, own-weight, oversampling"),
        ("composition=tree", "expected one of single, one-vs-rest, hierarchical"),
        ("folds=1", "Recipe field 'folds': got 1, expected 0, or a number from 2 to 1000"),
        ("feature_noise=-1", "'feature_noise': got -1.0, expected a value from 0.0 to 10.0"),
        ("batch_size.x=1", "nothing lies below a plain value: 'x' is one step too deep"),
        ("backbone.upper=1", "nothing lies below a plain value: 'upper' is one step too deep"),
    ],
)
def test_a_wrong_assignment_is_refused_saying_why(assignment, message):
    refused(message, override, RECIPE, assignment)


def test_the_message_repeats_the_assignment():
    refused("^--set views=3: Recipe field 'views': got 3", override, RECIPE, "views=3")


@pytest.mark.parametrize("recipe", catalog.RECIPES.values(), ids=catalog.RECIPES)
def test_a_recipe_comes_back_whole_through_json(recipe):
    written = json.loads(json.dumps(to_dict(recipe)))
    assert from_dict(written) == recipe
    assert written == to_dict(recipe)  # a training is known again by comparing the two


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda values: values.update(colour=1), "no recipe field 'colour'; the closest is "),
        (
            lambda values: values["phases"][0].update(epoch=1),
            "no recipe field 'epoch'; the closest is 'epochs'",
        ),
        (lambda values: values["augmentation"].update(zoom_on=1), "the closest is 'zoom_in'"),
        (lambda values: values.pop("summary"), "no complete recipe: .*missing .* 'summary'"),
        (lambda values: values["phases"][1].pop("name"), "no complete phase: .*missing .* 'name'"),
        (
            lambda values: values.update(batch_size="32"),
            "'batch_size': got '32', expected a whole number",
        ),
        (
            lambda values: values.update(batch_size=16.5),
            "'batch_size': got 16.5, expected a whole number",
        ),
        (lambda values: values.update(views=True), "field 'views': got True, expected a whole number"),
        (lambda values: values.update(dropout="0.3"), "field 'dropout': got '0.3', expected a number"),
        (lambda values: values.update(weights=3), "field 'weights': got 3, expected text"),
        (lambda values: values.update(phases="none"), "field 'phases': got 'none', expected fields"),
        (
            lambda values: values["augmentation"].update(quarter_turns="false"),
            "field 'quarter_turns': got 'false', expected true or false",
        ),
        (
            lambda values: values.update(dropout=10**400),
            "Recipe field 'dropout': got inf, expected a value from 0.0 to 0.95",
        ),
        (
            lambda values: values.update(summary="a line\nand another"),
            r"Recipe field 'summary': got 'a line\\nand another', expected one line",
        ),
        (lambda values: values.update(views=5), "got 5, expected one of 1, 2, 4, 8"),
    ],
)
def test_a_record_of_another_shape_is_refused(change, message):
    values = json.loads(json.dumps(to_dict(RECIPE)))
    change(values)
    refused(message, from_dict, values)


@pytest.mark.parametrize("value", [RECIPE, RECIPE.phases[0], RECIPE.augmentation, ELU])
def test_recipes_are_frozen(value):
    field = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{field}'"):
        setattr(value, field, 1)


def test_a_recipe_without_phases_is_refused():
    with pytest.raises(InputError, match=r"'phases': got \(\), expected at least one phase"):
        dataclasses.replace(RECIPE, phases=())


def fields_read(owner):
    """The attributes that the code reads of things of this name: of `recipe`, `self.recipe`, ..."""
    sources = [path for path in ROOT.glob("plants/**/*.py") if path.parent.name != "recipes"]
    nodes = [node for path in [*sources, ROOT / "train.py"] for node in ast.walk(ast.parse(path.read_text()))]
    reads = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)]
    return {node.attr for node in reads if ast.unparse(node.value).split(".")[-1] == owner}


@pytest.mark.parametrize(
    "kind, owner",
    [(Recipe, "recipe"), (Phase, "phase"), (Augmentation, "ranges"), (Dense, "layer")],
    ids=str,
)
def test_every_field_is_read_by_some_code(kind, owner):
    unread = {field.name for field in dataclasses.fields(kind)} - fields_read(owner)
    assert not unread, f"no code reads {sorted(unread)} of a {kind.__name__}"


@pytest.mark.parametrize("kind", [Recipe, Phase, Augmentation, Dense])
def test_every_field_says_what_it_is(kind):
    source = inspect.getsource(kind)
    for field in dataclasses.fields(kind):
        assert re.search(rf"^    {field.name}: .*  # \S", source, re.MULTILINE), field.name


@pytest.mark.parametrize("name, recipe", catalog.RECIPES.items(), ids=catalog.RECIPES)
def test_recipes_of_the_catalogue_are_listed_by_one_line(name, recipe):
    assert recipe.name == name
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name)
    assert recipe.summary == recipe.summary.strip() != ""
    assert len(recipe.summary.splitlines()) == 1
    assert len(f"{name}  {recipe.summary}") <= 110


def test_the_catalogue_holds_what_the_commands_rely_on():
    assert {"default", "smoke", "report-lite0"} <= set(catalog.RECIPES)
    assert catalog.by_name("default") is catalog.RECIPES["default"]


def test_the_reports_two_phases():
    frozen, tuned = catalog.by_name("report-lite0").phases
    assert (frozen.trainable, frozen.optimizer, frozen.learning_rate, frozen.patience) == (
        "none",
        "adam",
        1e-3,
        10,
    )
    assert (tuned.trainable, tuned.optimizer, tuned.learning_rate, tuned.patience) == (
        "all",
        "adam",
        1e-5,
        30,
    )


def test_smoke_is_the_default_in_small():
    default, smoke = catalog.by_name("default"), catalog.by_name("smoke")
    assert smoke.minutes <= 1 < default.minutes
    differing = {name for name, value in vars(smoke).items() if value != getattr(default, name)}
    assert differing == {"name", "summary", "minutes", "phases", "image_size", "views"}


def test_an_unknown_recipe_is_refused_with_the_closest_name():
    refused("^no recipe 'defualt'; the closest is 'default' .all: default, ", catalog.by_name, "defualt")
    refused("^no recipe ''; the closest is ", catalog.by_name, "")


def test_assignments_are_checked_together_so_their_order_does_not_matter():
    both = ("phases.0.warmup_epochs=2", "phases.0.epochs=10")
    changed = override(catalog.by_name("default"), *both)
    assert changed == override(catalog.by_name("default"), *reversed(both))
    assert (changed.phases[0].warmup_epochs, changed.phases[0].epochs) == (2.0, 10)


def test_layers_are_made_before_one_of_them_is_changed_wherever_they_stand():
    for assignments in (("head=64,32", "head.0.dropout=0.4"), ("head.0.dropout=0.4", "head=64,32")):
        assert override(RECIPE, *assignments).head == (Dense(64, dropout=0.4), Dense(32))


def test_of_a_field_that_is_named_twice_the_last_value_counts():
    assert override(RECIPE, "head.0.units=3", "head=64", "head.0.units=5").head == (Dense(5),)


@pytest.mark.parametrize(
    "assignments, message",
    [
        (("phases.0.weight_decay=0.1",), "'weight_decay': got 0.1, expected 0 with optimizer 'adam'"),
        (("phases.0.batch_norm=trained",), "'batch_norm': got 'trained', expected 'frozen' where trainable"),
        (("fit=pad", "image_size=95"), "'fit': got 'pad', expected 'resize' below 96 pixels"),
        (("fit=pad", "phases.1.image_size=64"), "'fit': got 'pad', expected 'resize' below 96 pixels"),
        (("pooling=flatten",), "'pooling': got 'flatten', expected 'average' where the phases' image sizes"),
        (("mixing=mixup", "mixing_alpha=0"), "'mixing_alpha': got 0.0, expected above 0"),
        (("mixing_alpha=0.4",), "'mixing_alpha': got 0.4, expected 1.0, its default, with mixing='none'"),
        (
            ("fit=pad", "interpolation=nearest"),
            "'interpolation': got 'nearest', expected 'bicubic', its default, with fit='pad'",
        ),
        (("bundle_count=3",), "'bundle_count': got 3, expected 4, its default, with no hierarchical"),
        (
            ("mixing=cutmix", "imbalance=class-weight"),
            "'imbalance': got 'class-weight', expected 'own-weight'",
        ),
        (("fit=pad", "mixing=cutmix"), "'mixing': got 'cutmix', expected 'mixup' or 'none' with fit='pad'"),
        (("fit=pad", "mixing=either"), "'mixing': got 'either', expected 'mixup' or 'none' with fit='pad'"),
        (("first_fold_only=true",), "'first_fold_only': got True, expected false without folds"),
        (("folds=3", "holdout=0"), "'holdout': got 0.0, expected 0.15 with folds"),
        (("bundles=a+b/c",), "'bundles': got 'a.b/c', expected none unless composition='hierarchical'"),
        (("bundles_from=runs/x",), "'bundles': got '', expected none unless composition='hierarchical'"),
        (("composition=hierarchical",), "'bundles': got '', expected them here, or a run in bundles_from"),
        (
            ("composition=hierarchical", "bundles=a+b/c", "bundles_from=runs/x"),
            "'bundles': got 'a.b/c', expected them here, or a run in bundles_from",
        ),
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(assignments, message):
    with pytest.raises(InputError, match=message):
        override(catalog.by_name("default"), *assignments)


def test_photos_on_a_padded_canvas_may_be_blended():
    assert override(catalog.by_name("vgg16-pad"), "mixing=mixup").mixing == "mixup"


def test_a_mixed_label_may_be_weighed_by_our_own_weights():
    changed = override(catalog.by_name("default"), "mixing=either", "imbalance=own-weight")
    assert (changed.mixing, changed.imbalance) == ("either", "own-weight")


def made_by(name):
    """The function that makes a recipe of the catalogue."""
    return next(maker for maker in catalog.MAKERS if maker().name == name)


# A figure with its number of images, where it stands, or that there is none.
NONE = "none(, never run in full here| on record|, it says nothing about plants)"
SCORE = rf"(0\.\d+ on \d+ |see docs/report_claims\.md|those of `default`|{NONE})"


@pytest.mark.parametrize("name", catalog.RECIPES)
def test_every_recipe_states_source_command_cost_and_score(name):
    text = inspect.getdoc(made_by(name))
    assert re.search(r"^Source: \S", text, re.MULTILINE)
    assert re.search(rf"Run: python train\.py( --recipe {name}\b|$)", text, re.MULTILINE)
    assert re.search(r"^(Cost: \S|Cost and score: \S)", text, re.MULTILINE)
    assert re.search(rf"\b[Ss]core: {SCORE}", " ".join(text.split()))


OF_THE_REPORT = (
    *("vgg16-pad", "vgg19-pad", "efficientnetb7-pad", "efficientnetb0-pad", "efficientnetb0"),
    *("efficientnetv2b0", "efficientnetv2l", "report-lite0", "kfold", "class-weight", "class-weight-own"),
    *("oversampling", "one-vs-rest", "hierarchical"),
)


@pytest.mark.parametrize("name", OF_THE_REPORT)
def test_recipes_of_the_report_say_what_it_leaves_open(name):
    assert re.search(r"^Open in the report: \S", inspect.getdoc(made_by(name)), re.MULTILINE)


def test_the_catalogue_holds_every_system_by_name():
    ours = {"default", "smoke", "lite0", "lite1", "lite2", "lite0-quick", "convnext-large"}
    assert set(catalog.RECIPES) == {*OF_THE_REPORT, *ours}


@pytest.mark.parametrize("name", ["kfold", "class-weight", "class-weight-own", "oversampling", "one-vs-rest"])
def test_what_the_report_tried_on_top_stands_on_lite0(name):
    recipe, ours = catalog.by_name(name), catalog.by_name("lite0")
    differing = {field for field, value in vars(recipe).items() if value != getattr(ours, field)}
    assert len(differing - {"name", "summary", "minutes"}) == 1
    assert override(recipe, "backbone=vgg16").backbone == "vgg16"


def test_the_winners_phases_and_views():
    winner = catalog.by_name("convnext-large")
    assert [phase.learning_rate for phase in winner.phases] == [1e-3, 5.2e-5]
    assert (winner.mixing, winner.imbalance, winner.image_size) == ("either", "own-weight", 96)


def test_a_recipe_file_is_a_recipe_of_its_own(tmp_path):
    recipe = override(catalog.by_name("smoke"), "name=best-of-all", "head=8,4")
    (tmp_path / "best.json").write_text(json.dumps(to_dict(recipe)))
    assert catalog.by_name(str(tmp_path / "best.json")) == recipe


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "best.json: .*No such file.*; expected JSON such as search.py writes"),
        ("{", "best.json: .*; expected JSON such as search.py writes"),
        ("[]", "best.json: expected an object of recipe fields; see search.py"),
        ('{"colour": 1}', "best.json: no recipe field 'colour'"),
        ("{}", "best.json: no complete recipe"),
        ('{"minutes": ' + "[" * 100_000, "best.json: maximum recursion .*; expected JSON such as search.py"),
    ],
)
def test_a_file_that_holds_no_recipe_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "best.json").write_text(content)
    refused(f"^recipe file .*{message}", catalog.by_name, str(tmp_path / "best.json"))
