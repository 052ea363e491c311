/* picture.c: what libpng sees in a file: prints "width height channels darkest lightest mean", or fails.
 * The picture is read as 8-bit grey or colour; every checksum and every row must be right. */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (argc != 2) return 2;
    if (!png_image_begin_read_from_file(&image, argv[1])) {
        fprintf(stderr, "picture: %s: %s\n", argv[1], image.message);
        return 1;
    }
    int channels = image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
    image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    unsigned char *pixels = malloc(PNG_IMAGE_SIZE(image));
    if (pixels == NULL || !png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
        fprintf(stderr, "picture: %s: %s\n", argv[1], image.message);
        return 1;
    }
    double sum = 0;
    int darkest = 255, lightest = 0;
    size_t n = PNG_IMAGE_SIZE(image);
    for (size_t i = 0; i < n; i++) {
        sum += pixels[i];
        if (pixels[i] < darkest) darkest = pixels[i];
        if (pixels[i] > lightest) lightest = pixels[i];
    }
    printf("%u %u %d %d %d %.1f\n", image.width, image.height, channels, darkest, lightest, sum / (double)n);
    free(pixels);
    return 0;
}
