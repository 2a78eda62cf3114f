"""Video descriptions by a pretrained `image-text-to-text` model (paper 1, section 3.2).

Paper 1 uses mPLUG-Owl; any model of that kind that transformers can load from a local folder works.
For course videos only, never for a learner's camera.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.semantics import ffmpeg
from emotion.semantics.caption_segments import Material, span
from emotion.semantics.model_packages import digest_folder
from emotion.semantics.text_cleaning import clean

PROMPT = "Describe the scene, the objects and what is being done in this lecture video."
WORDS = 64


class PictureDescriber:
    """Describes one picture from the middle of each segment, with a model from a local folder.

    Parameters
    ----------
    folder : Path
        As `save_pretrained` writes model and processor. Nothing is ever downloaded.
    prompt : str
        The prompt; "" = the model only captions the picture.
    """

    kind = "description"

    def __init__(self, folder: Path, prompt: str = PROMPT) -> None:
        self.folder = folder
        self.prompt = prompt

    @cached_property
    def source(self) -> str:
        """Name, the model's digest and the prompt's."""
        return f"description/1 {digest_folder(self.folder)} {len(self.prompt)}"

    def describe(self, video: Material, segment: int) -> str:
        """Return a description of the middle of the segment.

        Raises
        ------
        ffmpeg.BrokenVideo
            If there is no file, or ffmpeg cannot read it.
        """
        if video.file is None:
            raise ffmpeg.BrokenVideo("expected a video file, got captions only")
        t0, t1 = span(segment)
        middle = (t0 + min(t1, video.duration_s)) / 2
        return clean(self._describe(ffmpeg.extract_pictures(video.file, [middle])[0]))

    def _describe(self, picture: NDArray[np.uint8]) -> str:
        import torch

        processor, model = self._load
        asked = processor(images=picture, text=self.prompt or None, return_tensors="pt")
        with torch.inference_mode():
            tokens = model.generate(**asked, max_new_tokens=WORDS, do_sample=False)
        said = str(processor.batch_decode(tokens, skip_special_tokens=True)[0])
        return said.removeprefix(self.prompt)

    @cached_property
    def _load(self) -> tuple[Any, Any]:
        from transformers import AutoModelForImageTextToText, AutoProcessor

        made: Any = AutoProcessor
        processor = made.from_pretrained(self.folder, local_files_only=True)
        model: Any = AutoModelForImageTextToText.from_pretrained(self.folder, local_files_only=True)
        return processor, model.eval()
