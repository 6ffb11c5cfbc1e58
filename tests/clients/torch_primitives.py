"""Primitives of oneDNN inside torch, on one thread; ONEDNN_VERBOSE=1 makes oneDNN say each of them."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
convolution = torch.nn.Conv2d(16, 32, 3)
images = torch.ones(4, 16, 64, 64)
with torch.no_grad():
    for _ in range(7):
        convolution(images)
    for _ in range(5):
        images.to_mkldnn().to_dense()
