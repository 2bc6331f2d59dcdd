"""Time and memory for the contest's hidden images, by hand; and by whose clock."""

import dataclasses

import pytest
from judging import CODALAB, codes, judge
from submissions import making

from plants.harness.scoring import forecast
from plants.harness.scoring.forecast import Forecast, Measured

MIB = 2**20


def test_time_grows_on_the_line_through_a_large_and_a_small_prediction():
    # 440 images more take 22 s more: 0.05 s each, and 3 s once.
    measured = Measured(4.0, ((500, 28.0), (60, 6.0)))
    assert [(found.images, found.seconds) for found in forecast.forecast(measured)] == [
        (1260, pytest.approx(4 + 3 + 63)),
        (2942, pytest.approx(4 + 3 + 147.1)),
    ]


@pytest.mark.parametrize(
    "predictions",
    [
        ((500, 25.0),),
        ((500, 25.0), (60, 26.0)),  # fewer took longer
        ((500, 25.0), (400, 24.0)),  # too much alike: the line would follow the noise
    ],
)
def test_without_a_second_prediction_of_use_time_is_in_proportion(predictions):
    found, _ = forecast.forecast(Measured(0.0, predictions))
    assert found.seconds == pytest.approx(1260 * 0.05)


def test_what_only_the_first_call_takes_is_not_multiplied():
    """Of few images the first call is mostly its beginning: here 2 s, and 0.01 s for each image."""
    found, _ = forecast.forecast(Measured(0.0, ((28, 2.28), (27, 0.27))))
    assert found.seconds == pytest.approx(2 + 12.6)
    found, _ = forecast.forecast(
        Measured(0.0, ((500, 25.0), (60, 0.1)))
    )  # the line would begin below nothing
    assert found.seconds == pytest.approx(25 + 760 * 0.1 / 60)


def test_memory_is_what_was_loaded_and_all_growth_in_proportion_to_the_images():
    measured = Measured(0.0, ((420, 1.0),), loaded_bytes=500 * MIB, peak_bytes=600 * MIB)
    assert forecast.forecast(measured)[0] == Forecast(1260, pytest.approx(3.0), 800.0)


def test_memory_is_not_said_to_shrink_for_fewer_images_than_were_measured():
    measured = Measured(0.0, ((2520, 1.0),), loaded_bytes=500 * MIB, peak_bytes=600 * MIB)
    assert forecast.forecast(measured)[0].peak_rss_mb == 600.0


def test_memory_that_was_not_measured_is_unknown():
    assert forecast.forecast(Measured(0.0, ((420, 1.0),)))[0].peak_rss_mb is None


def test_forecast_over_the_limit_is_a_warning_with_its_figures():
    measured = Measured(2.0, ((708, 212.0),))
    found = forecast.forecast(measured)
    (fault,) = forecast.faults_of(measured, found, 300.0)
    assert (fault.code, fault.level) == ("RES01", "warning")
    # 2 + 212 / 708 * 2942 = 882.9
    assert fault.message == "Predict 212 s for 708 images; 2942 would take 883 s in all > 300 s."
    assert forecast.faults_of(measured, found, 883.0) == []


def test_forecast_is_one_line_of_the_table():
    measured = Measured(0.0, ((420, 4.2),), loaded_bytes=0, peak_bytes=420 * MIB)
    assert forecast.text(forecast.forecast(measured)) == (
        "forecast: 1260 images 13 s, at most 1260 MB; 2942 images 29 s, at most 2942 MB "
        "(so much if memory grows with the images)"
    )


def test_child_that_stops_its_clocks_is_forecast_by_the_harness_own(tmp_path):
    stopped = (
        "import time\nwait = time.sleep\ntime.monotonic = time.perf_counter = time.time = lambda: 0.001\n"
    )
    slow = making.MODEL.replace(making.RETURN, f"wait(0.01 * len(X))\n        {making.RETURN}")
    profile = dataclasses.replace(CODALAB, time_limit_seconds=5.0)
    result = judge(making.good(tmp_path / "a.zip", model__py=stopped + slow), profile)
    assert "RES01" in codes(result)
    assert result.forecast[1].seconds > 15  # 0.01 s for each of 2942, less what rounding the line takes off
