/* json_print, json_add_text: what everything that writes JSON needs. */
#include "json.h"
#include "base.h"

void json_print(cJSON *json, FILE *out) {
    char *text = cJSON_Print(json);
    if (!text) BUG("there is no memory for JSON");
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(json);
}

void json_add_text(cJSON *to, const char *key, const char *text) {
    if (text) cJSON_AddStringToObject(to, key, text);
    else cJSON_AddNullToObject(to, key);
}
