/* source_csv.c: tables of numbers as text (RFC 4180).
 *
 * Commas, semicolons or tabs stand between the fields, whichever is met first; a field may be
 * quoted. The first line is a header if none of its fields is a number. Empty lines are passed
 * over. All columns are one vector; if several values of an example are wanted, each takes as many
 * of the columns as its shape says. */
#include "data.h"

typedef struct {
    const char *path;
    const char *at, *end;
    int64_t line;
    const char *line_start;
    char separator;
    int64_t columns; /* 0: not known yet */
    real *value;     /* [rows, columns] */
    int64_t rows, room;
    char *text; /* of the field met last, without quotes */
    size_t text_room;
} CsvReader;

typedef struct {
    const char *start;
    const char *text; /* the reader's, until the next field */
    bool is_number;
    double number;
    bool last; /* of its line */
} CsvField;

static _Noreturn void csv_fail(const CsvReader *csv, const char *at, const char *what) {
    fail("%s:%" PRId64 ":%" PRId64 ": %s", csv->path, csv->line,
         (int64_t)(at - csv->line_start) + 1, what);
}

static bool csv_at_line_end(const CsvReader *csv) {
    return csv->at == csv->end || *csv->at == '\n' || *csv->at == '\r';
}

static void csv_next_line(CsvReader *csv) {
    if (csv->at < csv->end && *csv->at == '\r') csv->at++;
    if (csv->at < csv->end && *csv->at == '\n') csv->at++;
    csv->line++;
    csv->line_start = csv->at;
}

static void csv_keep(CsvReader *csv, size_t n, char c) {
    if (n >= csv->text_room) {
        csv->text_room = csv->text_room == 0 ? 64 : csv->text_room * 2;
        csv->text = realloc(csv->text, csv->text_room);
        if (csv->text == NULL) fail("out of memory");
    }
    csv->text[n] = c;
}

/* The field's characters, quoted or not; two quotes inside quotes are one. */
static void csv_take_text(CsvReader *csv, CsvField *field) {
    bool quoted = !csv_at_line_end(csv) && *csv->at == '"';
    size_t n = 0;
    if (quoted) csv->at++;
    while (quoted ? csv->at < csv->end : !csv_at_line_end(csv) && *csv->at != csv->separator) {
        if (quoted && *csv->at == '"') {
            if (csv->at + 1 == csv->end || csv->at[1] != '"') break;
            csv->at++;
        }
        if (quoted && *csv->at == '\n') csv_fail(csv, field->start, "a quote is not closed");
        csv_keep(csv, n++, *csv->at++);
    }
    csv_keep(csv, n, 0);
    field->text = csv->text;
    if (!quoted) return;
    if (csv->at == csv->end) csv_fail(csv, field->start, "a quote is not closed");
    csv->at++;
    if (!csv_at_line_end(csv) && *csv->at != csv->separator)
        csv_fail(csv, csv->at, "more follows in the field after its quote");
}

static CsvField csv_field(CsvReader *csv) {
    CsvField field;
    char *end;
    while (csv->at < csv->end && *csv->at == ' ') csv->at++;
    field.start = csv->at;
    csv_take_text(csv, &field);
    field.number = strtod(field.text, &end);
    bool digits = field.text[strcspn(field.text, "0123456789")] != 0; /* the word inf has none */
    field.is_number = end > field.text && digits && !isnan(field.number);
    field.is_number = field.is_number && end[strspn(end, " ")] == 0;
    field.last = csv_at_line_end(csv);
    if (!field.last) csv->at++;
    return field;
}

static void csv_add(CsvReader *csv, int64_t column, const CsvField *field) {
    if (!field->is_number && field->text[0] == 0)
        csv_fail(csv, field->start, "this field is empty: expected a number");
    if (!field->is_number)
        csv_fail(csv, field->start, text_of("'%.60s' is not a number", field->text));
    int64_t place = csv->rows * csv->columns + column;
    if (place >= csv->room) {
        csv->room = csv->room == 0 ? 1 << 12 : csv->room * 2;
        csv->value = realloc(csv->value, (size_t)csv->room * sizeof *csv->value);
        if (csv->value == NULL) fail("out of memory");
    }
    csv->value[place] = (real)field->number;
    if (!isfinite(csv->value[place]))
        csv_fail(csv, field->start, text_of("'%.60s' is too large a number", field->text));
}

static void csv_ragged(const CsvReader *csv, const char *at, int64_t found) {
    if (csv->columns == 0 || found == csv->columns) return;
    csv_fail(csv, at,
             text_of("%" PRId64 " fields in this line, %" PRId64 " in those before it", found,
                     csv->columns));
}

/* What the first line of fields says: how many columns there are, and whether it is their names. */
static bool csv_first_line(CsvReader *csv) {
    const char *start = csv->at;
    CsvField field;
    int64_t columns = 0, numbers = 0;
    do {
        field = csv_field(csv);
        columns++;
        numbers += field.is_number;
    } while (!field.last);
    if (numbers > 0) csv->at = start; /* it is read again as an example */
    csv->columns = columns;
    return numbers == 0;
}

static void csv_line(CsvReader *csv) {
    const char *start = csv->at;
    CsvField field;
    int64_t n = 0;
    if (csv->columns == 0 && csv_first_line(csv)) return;
    csv->at = start;
    do {
        field = csv_field(csv);
        n++;
    } while (!field.last);
    csv_ragged(csv, n > csv->columns ? field.start : csv->at, n);
    csv->at = start;
    for (int64_t column = 0; column < n; column++) {
        field = csv_field(csv);
        csv_add(csv, column, &field);
    }
    csv->rows++;
}

static char csv_separator(const Bytes *bytes) {
    const char *all = (const char *)bytes->at;
    for (int64_t i = 0; i < bytes->size; i++)
        if (all[i] == ',' || all[i] == ';' || all[i] == '\t') return all[i];
    return ',';
}

static CsvReader csv_read(const char *folder, const char *name) {
    const char *path = find_data_file(folder, name);
    if (path == NULL) fail("%s: not found in %s", name, folder[0] != 0 ? folder : ".");
    Fingerprint fingerprint = {0, 0};
    Bytes bytes = read_data_file(path, &fingerprint);
    end_data_files(path, &fingerprint);
    const char *start = (const char *)bytes.at;
    if (bytes.size >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) start += 3; /* byte order mark */
    CsvReader csv = {.path = path,
                     .at = start,
                     .end = (const char *)bytes.at + bytes.size,
                     .line = 1,
                     .line_start = start,
                     .separator = csv_separator(&bytes)};
    while (csv.at < csv.end) {
        if (!csv_at_line_end(&csv)) csv_line(&csv);
        csv_next_line(&csv);
    }
    free(bytes.at);
    if (csv.rows == 0) fail("%s: holds no examples", path);
    return csv;
}

/* ---- columns to the values of an example ---- */

/* A lone value takes all columns; several take what their shapes say. */
static int64_t csv_width(const SourceRequest *request, int d, const CsvReader *csv) {
    if (request->n_datums == 1) return csv->columns;
    return elements_of(&request->datum[d].shape) / request->packed;
}

static real *csv_columns(const CsvReader *csv, int64_t first, int64_t width) {
    real *values = allocate(csv->rows * width, sizeof *values);
    for (int64_t r = 0; r < csv->rows; r++)
        memcpy(values + r * width, csv->value + r * csv->columns + first,
               (size_t)width * sizeof *values);
    return values;
}

static bool csv_is_whole(const real *values, int64_t n) {
    bool whole = true;
    for (int64_t i = 0; i < n; i++) whole = whole && values[i] == (real)floor((double)values[i]);
    return whole;
}

static void csv_put(const SourceRequest *request, const CsvReader *csv, int part,
                    SourceTable *table) {
    int64_t first = 0;
    table->count[part] = csv->rows;
    for (int d = 0; d < request->n_datums; d++) {
        int64_t width = csv_width(request, d, csv);
        if (first + width > csv->columns)
            fail("%s: has %" PRId64 " columns, too few for %s", csv->path, csv->columns,
                 request->datum[d].where);
        table->values[part][d] = csv_columns(csv, first, width);
        if (part == TRAINING) {
            bool whole = csv_is_whole(table->values[part][d], csv->rows * width);
            table->space[d] = (Space){.rank = 1, .dim = {width}, .level = whole ? 1 : 0};
        }
        first += width;
    }
    if (first < csv->columns)
        fail("%s: has %" PRId64 " columns, and only %" PRId64 " of them are taken, the last by %s",
             csv->path, csv->columns, first, request->datum[request->n_datums - 1].where);
}

void load_csv(const SourceRequest *request, SourceTable *table) {
    const char *test = call_text(request->call, "test");
    CsvReader csv = csv_read(request->folder, call_text(request->call, "file"));
    table->from = csv.path;
    csv_put(request, &csv, TRAINING, table);
    free(csv.value);
    free(csv.text);
    if (test == NULL) return;
    CsvReader held_out = csv_read(request->folder, test);
    if (held_out.columns != csv.columns)
        fail("%s: has %" PRId64 " columns, the training file %" PRId64, held_out.path,
             held_out.columns, csv.columns);
    csv_put(request, &held_out, HELD_OUT, table);
    free(held_out.value);
    free(held_out.text);
}
