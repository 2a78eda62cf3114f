"""Tiny pretrained models made at test time, in the form real ones are saved in."""

from __future__ import annotations

from pathlib import Path

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]"]
WORDS = [*SPECIAL, "a", "person", "writes", "on", "the", "board", "solve", "equation", "by", "two"]


def make_tokenizer(folder: Path):
    from transformers import BertTokenizer

    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(WORDS))
    return BertTokenizer(vocab=str(vocabulary))


def make_bert(folder: Path) -> Path:
    """A BERT of one layer, width 16."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertModel(config).save_pretrained(folder)
    make_tokenizer(folder).save_pretrained(folder)
    return folder


def make_blip(folder: Path) -> Path:
    """A BLIP of one layer each, 32 × 32 pixels."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipProcessor
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    torch.manual_seed(0)
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    words = {"vocab_size": len(WORDS), "encoder_hidden_size": 16}
    ends = {"bos_token_id": 5, "sep_token_id": 3, "pad_token_id": 0, "eos_token_id": 3}
    config = BlipConfig(
        text_config={**sizes, **words, **ends},
        vision_config={**sizes, "image_size": 32, "patch_size": 16},
        projection_dim=8,
    )
    BlipForConditionalGeneration(config).save_pretrained(folder)
    seen = BlipImageProcessorPil(size={"height": 32, "width": 32})
    BlipProcessor(seen, make_tokenizer(folder)).save_pretrained(folder)
    return folder
