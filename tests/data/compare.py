"""Compares an array of pictures, [n, 3, height, width] as .npy, with a folder of PNG files in the
order of their names, decoded by Pillow and laid over white."""
import array
import math
import os
import sys

from PIL import Image


def read_npy(path):
    with open(path, "rb") as file:
        lead = file.read(10)
        header = eval(file.read(lead[8] + 256 * lead[9]).decode())  # a dictionary in text
        values = array.array({"<f4": "f", "<f8": "d"}[header["descr"]])
        values.frombytes(file.read())
    return header["shape"], values


def pixels(path):
    red, green, blue, alpha = Image.open(path).convert("RGBA").split()
    weights = list(alpha.getdata())
    for channel in (red, green, blue):
        for value, weight in zip(channel.getdata(), weights):
            yield math.floor((value * weight + 255 * (255 - weight)) / 255 + 0.5)


shape, values = read_npy(sys.argv[1])
names = sorted(name for name in os.listdir(sys.argv[2]) if name.endswith(".png"))
size = math.prod(shape[1:])
assert len(names) == shape[0], (len(names), shape)
for i, name in enumerate(names):
    found = list(values[i * size : (i + 1) * size])
    expected = list(pixels(os.path.join(sys.argv[2], name)))
    if found != expected:
        places = [k for k in range(size) if found[k] != expected[k]]
        k = places[0]
        sys.exit(f"{name}: {len(places)} values differ, the first at {k}: {found[k]}, not {expected[k]}")
print(f"{len(names)} pictures agree")
