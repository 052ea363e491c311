/* C as text: what a file defines and what it mentions, without compiling it. Good enough for the
 * runtime's own files, whose layout clang-format keeps: what is at the top level begins there. */
#ifndef GENC_C_TEXT_H
#define GENC_C_TEXT_H

#include "../base.h"

typedef struct { const char **at; int n, room; } NameList; /* interned */

typedef struct {
    NameList defined;  /* functions and variables that other files see */
    NameList top;      /* all names of functions, types and variables at the top level */
    NameList mentioned; /* every identifier outside of comments and texts, once */
} CText;

CText c_text_read(Arena *a, const char *text);
bool c_text_has(const NameList *list, const char *interned);

#endif
