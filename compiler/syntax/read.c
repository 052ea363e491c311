/* syntax_parse: checks that the text is text, then runs the grammar over it.
 * Requires: a source of d. Leaves: the tree, comments in order, and every syntax error in d. */
#include "parser.h"

#include <string.h>

/* The length of the UTF-8 character at s, of which n bytes remain; 0 if it is none. */
static int character_length(const unsigned char *s, int n) {
    static const struct { unsigned char low, high; int length; unsigned char next_low, next_high; }
    forms[] = {
        {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
        {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
        {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (s[0] < forms[i].low || s[0] > forms[i].high) continue;
        if (forms[i].length > n) return 0;
        if (forms[i].length > 1 && (s[1] < forms[i].next_low || s[1] > forms[i].next_high)) return 0;
        for (int k = 2; k < forms[i].length; k++)
            if ((s[k] & 0xc0) != 0x80) return 0;
        return forms[i].length;
    }
    return 0;
}

static bool is_control(unsigned char c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

/* Reports what is not text. False if the file is not worth parsing. */
static bool check_text(Diag *d, int source) {
    const Source *s = diag_source(d, source);
    if (s->length > SYNTAX_MAX_BYTES) {
        diag_error(d, D_FILE_TOO_LONG, (Span){source, 0, 0}, s->length, SYNTAX_MAX_BYTES);
        return false;
    }
    for (int i = 0, length; i < s->length; i += length) {
        const unsigned char *at = (const unsigned char *)s->text + i;
        length = character_length(at, s->length - i);
        Span place = {source, i, i + 1};
        if (*at == 0) {
            diag_error(d, D_NUL_BYTE, place);
            return false;
        }
        if (length == 0) {
            diag_error(d, D_NOT_UTF8, place);
            length = 1;
        }
        if (is_control(*at)) diag_error(d, D_CONTROL_CHARACTER, place, *at);
    }
    return true;
}

SyntaxFile *syntax_parse(Arena *a, Diag *d, int source) {
    SyntaxFile *file = NEW(a, SyntaxFile);
    file->source = source;
    Parser p = {.arena = a, .diag = d, .source = source, .file = file,
                .line_indent = -1, .resumed_at = -1, .open_string_end = -1};
    file->decls = tree_list(&p, (Span){source, 0, 0});
    if (!check_text(d, source)) return file;
    lex_start(&p, diag_source(d, source)->text, diag_source(d, source)->length);
    parser_run(&p);
    lex_end(&p);
    return file;
}
