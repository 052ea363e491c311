/* JSON that genc writes. */
#ifndef GENC_JSON_H
#define GENC_JSON_H

#include <cjson/cJSON.h>
#include <stdio.h>

/* Writes it, with the end of a line, and frees it. */
void json_print(cJSON *json, FILE *out);
/* A text, or null. */
void json_add_text(cJSON *to, const char *key, const char *text);

#endif
