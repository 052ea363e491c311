/* diff_json: the difference for programs. compiler/README.md says what is in it. */
#include "inside.h"
#include "../json.h"

static cJSON *add_item(cJSON *list) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(list, json);
    return json;
}

static void add_place(cJSON *to, const char *key, const DiffSide *side, Span at) {
    if (at.file < 0) {
        cJSON_AddNullToObject(to, key);
        return;
    }
    Place place = diag_place(side->diag, at);
    cJSON *json = cJSON_AddObjectToObject(to, key);
    json_add_text(json, "file", home_of(side, at.file)->name);
    cJSON_AddNumberToObject(json, "line", place.line);
    cJSON_AddNumberToObject(json, "col", place.col);
    cJSON_AddNumberToObject(json, "end_line", place.end_line);
    cJSON_AddNumberToObject(json, "end_col", place.end_col);
}

static void add_edits(cJSON *to, const Diff *d, const Change *change) {
    cJSON *edits = cJSON_AddArrayToObject(to, "edits");
    for (int i = 0; i < change->edits.n; i++) {
        const DiffEdit *e = &change->edits.at[i];
        cJSON *json = add_item(edits);
        json_add_text(json, "file", home_of(d->old, e->at.file)->name);
        cJSON_AddNumberToObject(json, "start", e->at.start);
        cJSON_AddNumberToObject(json, "end", e->at.end);
        cJSON_AddStringToObject(json, "text", e->text);
    }
}

static void add_change_json(cJSON *list, const Diff *d, const Change *change) {
    cJSON *json = add_item(list);
    cJSON_AddStringToObject(json, "change", change_word(change->kind));
    cJSON_AddStringToObject(json, "what", change->what);
    json_add_text(json, "in", change->in);
    json_add_text(json, "path", change->path);
    json_add_text(json, "old", change->old_text);
    json_add_text(json, "new", change->new_text);
    add_place(json, "old_at", d->old, change->old_at);
    add_place(json, "new_at", d->new, change->new_at);
    add_edits(json, d, change);
}

static void add_number(cJSON *to, const char *key, bool known, double value) {
    if (known) cJSON_AddNumberToObject(to, key, value);
    else cJSON_AddNullToObject(to, key);
}

static void add_figure(cJSON *json, const DiffFigure *f) {
    add_number(json, "old", f->has_old, f->old);
    add_number(json, "new", f->has_new, f->new);
}

static void add_network(cJSON *list, const DiffFigure *f) {
    cJSON *json = add_item(list);
    cJSON_AddStringToObject(json, "name", f->what);
    add_figure(json, f);
}

static void add_shapes(cJSON *to, const Diff *d) {
    cJSON *list = cJSON_AddArrayToObject(to, "follows");
    for (int i = 0; i < d->shapes.n; i++) {
        cJSON *json = add_item(list);
        cJSON_AddStringToObject(json, "what", d->shapes.at[i].what);
        json_add_text(json, "from", d->shapes.at[i].cause);
        cJSON_AddStringToObject(json, "old", d->shapes.at[i].old);
        cJSON_AddStringToObject(json, "new", d->shapes.at[i].new);
    }
}

static void add_terms(cJSON *to, const Diff *d) {
    cJSON *list = cJSON_AddArrayToObject(to, "objective");
    for (int i = 0; i < d->terms.n; i++) {
        cJSON *json = add_item(list);
        cJSON_AddStringToObject(json, "minimize", d->terms.at[i].minimize);
        cJSON_AddStringToObject(json, "term", d->terms.at[i].term);
        cJSON_AddStringToObject(json, "change", term_word(d->terms.at[i].state));
        json_add_text(json, "through", d->terms.at[i].through);
    }
}

static void add_checkpoint(cJSON *to, const Diff *d) {
    cJSON *json = cJSON_AddObjectToObject(to, "checkpoint");
    cJSON_AddBoolToObject(json, "resumes", d->resumes);
    cJSON_AddNumberToObject(json, "tensors", d->tensors);
    cJSON_AddNumberToObject(json, "fitting", d->fitting);
    cJSON_AddNumberToObject(json, "astray", d->astray);
    cJSON *list = cJSON_AddArrayToObject(json, "misfits");
    for (int i = 0; i < d->misfits.n; i++) {
        cJSON *tensor = add_item(list);
        cJSON_AddStringToObject(tensor, "path", d->misfits.at[i].path);
        json_add_text(tensor, "old", d->misfits.at[i].old);
        json_add_text(tensor, "new", d->misfits.at[i].new);
        json_add_text(tensor, "renamed", d->misfits.at[i].renamed);
    }
}

cJSON *diff_json(const Diff *d) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "old", d->old->title);
    cJSON_AddStringToObject(json, "new", d->new->title);
    cJSON_AddBoolToObject(json, "differ", d->changes.n > 0);
    cJSON *changes = cJSON_AddArrayToObject(json, "changes");
    for (int i = 0; i < d->changes.n; i++) add_change_json(changes, d, d->changes.at[i]);
    add_shapes(json, d);
    cJSON *figures = cJSON_AddObjectToObject(json, "figures");
    add_figure(cJSON_AddObjectToObject(figures, "parameters"), &d->parameters);
    add_figure(cJSON_AddObjectToObject(figures, "flops_per_step"), &d->flops);
    add_figure(cJSON_AddObjectToObject(figures, "planned_bytes"), &d->memory);
    cJSON *networks = cJSON_AddArrayToObject(json, "networks");
    for (int i = 0; i < d->networks.n; i++) add_network(networks, &d->networks.at[i]);
    add_terms(json, d);
    add_checkpoint(json, d);
    return json;
}
