"""DVS Gesture's own files: a frame for each gesture, from where its table says; what is missing is named."""

from __future__ import annotations

import numpy as np
import pytest
from gesture_cases import gestures

from neurocore.errors import ConfigError, SpikeFileError
from neurocore.training.datasets import Dataset, read_dataset
from neurocore.training.plan import Data, Events


def read(folder, **how: object) -> Dataset:
    return read_dataset(Data(path="x", kind="events", events=Events(**how)), folder)


@pytest.mark.parametrize("below", [".", "DvsGesture"])
def test_every_gesture_is_a_frame_of_its_first_ticks(tmp_path, below):
    gestures(tmp_path / below)
    found = read(tmp_path, crop=[0, 0, 12, 2], ticks=6)
    assert found.train_labels.tolist() == [0, 3, 10] and found.test_labels.tolist() == [3]
    wanted = np.zeros((3, 2, 12, 2), np.uint8)
    for image, (kind, times) in zip(wanted, [(1, 2), (4, 1), (11, 2)], strict=True):
        image[0, kind, 1] = times  # on; the second gesture is over before its pixel fires again
        image[1, kind, 0] = 1
    np.testing.assert_array_equal(found.train_images, wanted)
    assert found.test_images[0, 0, 4, 1] == 2
    assert read(tmp_path, crop=[0, 0, 12, 2], ticks=5).train_images.max() == 1
    assert read(tmp_path, down=32, frames=2, ticks=6, polarity="merged").train_images.shape == (3, 4, 4, 2)


def test_what_is_wrong_is_told_with_the_file_and_the_line(tmp_path):
    def refused(**how: object) -> str:
        with pytest.raises((ConfigError, SpikeFileError)) as caught:
            read(tmp_path, **how)
        assert caught.value.fix
        return str(caught.value)

    assert "nor DVS Gesture's trials_to_train.txt" in refused()
    gestures(tmp_path)
    assert refused(start_ms=5).startswith("data.events.start_ms: ")
    assert refused(camera=(128, 128)).startswith("data.events.camera: ")
    table = tmp_path / "user01_led_labels.csv"
    whole = table.read_text()
    for text, said in [
        (whole.replace("class,", "kind,"), f"{table}:1: its first line is kind,startTime_usec"),
        (whole.replace("2004000", "soon"), f"{table}:3: '4,2000000,soon' is no row of three whole numbers"),
        (whole.replace("4,2000000", "12,2000000"), f"{table}:3: class 12 from 2000000 to 2004000 us"),
        (whole.replace("2004000", "1"), f"{table}:3: class 4 from 2000000 to 1 us"),
        (whole.splitlines()[0], f"{table}: it has no gesture"),
    ]:
        table.write_text(text)
        assert refused().startswith(said)
    table.unlink()
    assert refused().startswith(f"{table}: this file does not exist")
    table.write_text(whole)
    (tmp_path / "user24_led.aedat").unlink()
    assert refused().startswith(f"{tmp_path / 'trials_to_test.txt'}: it lists 'user24_led.aedat', which is not in")
    (tmp_path / "trials_to_test.txt").write_text("../x.aedat")
    assert "is no name of a file beside it" in refused()
    (tmp_path / "trials_to_test.txt").unlink()
    assert refused().startswith(f"{tmp_path / 'trials_to_test.txt'}: this file does not exist")
