/* Places as editors count them: lines from 0, columns in the units that were agreed upon. */
#include "lsp.h"

#include <string.h>

static const struct {
    const char *name;
    Units units;
} encodings[] = {{"utf-8", UNITS_UTF8}, {"utf-16", UNITS_UTF16}, {"utf-32", UNITS_UTF32}};

bool units_named(const char *name, Units *units) {
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (strcmp(encodings[i].name, name) == 0) return *units = encodings[i].units, true;
    return false;
}

const char *units_name(Units units) {
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (encodings[i].units == units) return encodings[i].name;
    BUG("units without a name");
}

/* What a byte adds to the column: a character counts with its first one. */
static int units_of(Units units, unsigned char byte) {
    bool first = (byte & 0xc0) != 0x80;
    if (units == UNITS_UTF8) return 1;
    return units == UNITS_UTF16 && byte >= 0xf0 ? 2 : first;
}

static bool within_character(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

int offset_of(const char *text, Units units, int line, int character) {
    const char *at = text;
    for (; line > 0; line--) {
        at = strchr(at, '\n');
        if (!at) return (int)strlen(text);
        at++;
    }
    for (int n = 0; *at && *at != '\n' && *at != '\r'; at++) {
        if (n >= character && !within_character(*at)) break;
        n += units_of(units, (unsigned char)*at);
    }
    return (int)(at - text);
}

void position_of(const char *text, Units units, int offset, int *line, int *character) {
    *line = *character = 0;
    for (int i = 0; i < offset && text[i]; i++) {
        if (text[i] == '\n') ++*line, *character = 0;
        else *character += units_of(units, (unsigned char)text[i]);
    }
}
