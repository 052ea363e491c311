/* report.c: report.html, one page that holds all of a run: its curves, its samples over time, what
 * each element of a code does, the spec, the facts. It needs no other file and no network. */
#include "report.h"

static const char style[] =
    ":root{--ink:#1d1f21;--soft:#6b7075;--line:#e3e5e8;--paper:#fff;--card:#f7f8f9;--train:#9bb7d4;"
    "--valid:#d1495b;--word:#0b5fa5;--text:#8a5a00;--number:#7a3e9d}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#9aa0a6;--line:#33373b;"
    "--paper:#17191b;--card:#1f2225;--train:#5d7fa3;--valid:#ff7b89;--word:#7cb7f0;--text:#e0b45c;"
    "--number:#c99be8}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1184px;padding:32px 24px 80px;"
    "background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,\"Segoe UI\","
    "Roboto,\"Helvetica Neue\",Arial,sans-serif}\n"
    "h1{font-size:30px;font-weight:650;margin:0 0 2px;letter-spacing:-.01em}h2{font-size:19px;"
    "font-weight:650;margin:44px 0 12px;padding-bottom:6px;border-bottom:1px solid var(--line)}"
    ".lead{color:var(--soft);margin:0;max-width:820px}.note{color:var(--soft);margin:0 0 12px}\n"
    ".numbers{display:flex;flex-wrap:wrap;gap:10px;margin:20px 0 0;padding:0;list-style:none}"
    ".numbers li{background:var(--card);border-radius:8px;padding:8px 14px;min-width:118px}"
    ".numbers b{display:block;font-size:19px;font-weight:600;font-variant-numeric:tabular-nums}"
    ".numbers span{color:var(--soft);font-size:13px}\n"
    "figure{margin:0}figcaption{display:flex;flex-wrap:wrap;gap:0 "
    "14px;align-items:baseline;margin-bottom:4px}"
    "figcaption "
    "span{white-space:nowrap;color:var(--soft);font-size:13px;font-variant-numeric:tabular-nums}"
    "figcaption span b{font-weight:600;color:var(--ink)}\n"
    ".curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(310px,1fr));gap:22px 26px}"
    ".curve svg{width:100%;height:auto;display:block}.curve text{font-size:10px;fill:var(--soft)}"
    ".curve .y{text-anchor:end}.curve .x{text-anchor:middle}.grid{stroke:var(--line);fill:none}"
    "polyline{fill:none;stroke-width:1.6;stroke-linejoin:round}polyline.train{stroke:var(--train)}"
    "polyline.valid{stroke:var(--valid);stroke-width:2}circle.train{fill:var(--train)}"
    "circle.valid{fill:var(--valid)}span.train::before,span.valid::before{content:\"\";"
    "display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:5px}"
    "span.train::before{background:var(--train)}span.valid::before{background:var(--valid)}\n"
    ".samples{display:flex;flex-wrap:wrap;gap:28px}.sample{max-width:100%}.sample "
    "img{display:block;"
    "max-width:100%;height:auto;border-radius:4px;image-rendering:pixelated}.sample "
    "audio{width:340px}"
    ".sample pre{background:var(--card);padding:12px 14px;border-radius:6px;max-width:1136px;"
    "overflow:auto;margin:0;font-size:13px}.time{width:100%;margin:8px 0 0}\n"
    "input[type=range]{accent-color:var(--word)}.sliders{display:grid;grid-template-columns:"
    "repeat(auto-fill,minmax(calc(3*var(--wide) + 12px),max-content));gap:22px "
    "28px}.slider{display:"
    "grid;grid-template-columns:repeat(3,var(--wide));gap:4px 6px;font-size:13px;"
    "color:var(--soft);text-align:center}.slider span:last-child{grid-column:span 3}"
    ".slider input{grid-column:span 3;width:100%;margin:4px 0 0}.tile{width:var(--wide);"
    "height:var(--high);border-radius:4px;image-rendering:pixelated;background-image:var(--sheet);"
    "background-position:calc(0px - var(--gap) - var(--across)*var(--at)) "
    "calc(0px - var(--gap) - var(--down)*var(--row))}.end{opacity:.75}\n"
    "table{border-collapse:collapse}td{padding:3px 22px 3px 0;vertical-align:top}td:first-child{"
    "color:var(--soft);white-space:nowrap}code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,"
    "Consolas,\"DejaVu Sans Mono\",monospace}td code{font-size:13px;overflow-wrap:anywhere}"
    ".spec{background:var(--card);border-radius:8px;padding:18px 20px;overflow:auto;font-size:13px;"
    "line-height:1.55;margin:0}.spec i{font-style:normal}.comment{color:var(--soft)}"
    ".word{color:var(--word)}.text{color:var(--text)}.number{color:var(--number)}\n";

static const char script[] =
    "document.querySelectorAll('.time').forEach(t=>t.addEventListener('input',()=>{"
    "const f=t.closest('figure'),all=f.querySelectorAll('.frame');"
    "all.forEach((e,i)=>e.hidden=i!=t.value);"
    "f.querySelector('.when b').textContent=all[t.value].dataset.step}));"
    "document.querySelectorAll('.slider input').forEach(r=>r.addEventListener('input',()=>"
    "r.parentElement.querySelector('.moves').style.setProperty('--at',r.value)))";

void html_text(FILE *to, const char *text, int64_t length) {
    if (length < 0) length = (int64_t)strlen(text);
    for (int64_t i = 0; i < length; i++) switch (text[i]) {
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '&':
            fputs("&amp;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(text[i], to);
        }
}

/* ---- the head ---- */

static int64_t parameter_count(const GenModel *model) {
    int64_t n = 0;
    for (int i = 0; i < model->n_tensors; i++)
        if (model->tensors[i].role == GEN_PARAM) n += elements_of(&model->tensors[i].shape);
    return n;
}

static void put_duration(FILE *to, double seconds) {
    long whole = (long)(seconds + 0.5);
    if (whole >= 3600) fprintf(to, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else fprintf(to, "%ld:%02ld", whole / 60, whole % 60);
}

static void put_count(FILE *to, double n) {
    if (n >= 1e6) fprintf(to, "%.3gM", n / 1e6);
    else if (n >= 1e4) fprintf(to, "%.3gk", n / 1e3);
    else fprintf(to, "%.0f", n);
}

/* The comment that a spec begins with is its description; its indented lines stay lines. */
static void put_description(FILE *to, const char *spec) {
    fprintf(to, "<p class=\"lead\">");
    for (bool first = true; *spec == '#'; first = false) {
        const char *at = spec + 1 + (spec[1] == ' ');
        int64_t length = (int64_t)strcspn(at, "\n");
        if (!first) fputs(*at == ' ' ? "<br>" : " ", to);
        html_text(to, at, length);
        spec = at + length + (at[length] == '\n');
    }
    fprintf(to, "</p>\n");
}

static void put_title(FILE *to, const GenModel *model) {
    fprintf(to, "<h1>");
    html_text(to, model->name, -1);
    fprintf(to, "</h1>\n");
    put_description(to, model->spec);
    if (model->n_overrides > 0) fprintf(to, "<p class=\"lead\">with ");
    for (int i = 0; i < model->n_overrides; i++) {
        fprintf(to, "%s<code>", i > 0 ? ", " : "");
        html_text(to, model->overrides[i], -1);
        fprintf(to, "</code>");
    }
    if (model->n_overrides > 0) fprintf(to, "</p>\n");
}

static void put_numbers(FILE *to, const Session *s, const Curves *curves, int64_t target) {
    fprintf(to, "<ul class=\"numbers\"><li><b>%" PRId64, s->step);
    if (target > s->step) fprintf(to, " <small>of %" PRId64 "</small>", target);
    fprintf(to, "</b><span>steps</span></li><li><b>%.4g</b><span>epochs</span></li>",
            curves->epoch);
    fprintf(to, "<li><b>");
    put_duration(to, curves->earlier_seconds + curves->last_seconds);
    fprintf(to, "</b><span>trained</span></li><li><b>");
    put_count(to, (double)parameter_count(s->model));
    fprintf(to, "</b><span>parameters</span></li></ul>\n");
}

/* ---- the facts: run.json, as a table ---- */

static void put_json_value(FILE *to, const Json *json, int at) {
    if (json_is_array(json, at) || json_is_object(json, at)) {
        bool object = json_is_object(json, at);
        const char *between = "";
        for (int item = json_first(json, at); item >= 0; item = json_next(json, item)) {
            fputs(between, to);
            between = object ? " &middot; " : "<br>";
            put_json_value(to, json, object ? json_value(json, item) : item);
        }
        if (between[0] == 0) fputs("none", to);
        return;
    }
    char *text = json_text(json, at);
    html_text(to, text, -1);
    free(text);
}

/* How a run goes on is not known when its page is written: at every report, the last included. */
static bool is_fact(const char *key) {
    return strcmp(key, "state") != 0 && strcmp(key, "reason") != 0 && strcmp(key, "seconds") != 0;
}

static void put_fact(FILE *to, const Json *json, int key) {
    char *name = json_text(json, key);
    if (is_fact(name)) {
        for (char *c = name; *c != 0; c++)
            if (*c == '_') *c = ' ';
        fprintf(to, "<tr><td>");
        html_text(to, name, -1);
        fprintf(to, "</td><td><code>");
        put_json_value(to, json, json_value(json, key));
        fprintf(to, "</code></td></tr>\n");
    }
    free(name);
}

static void put_facts(FILE *to, const char *folder) {
    char *path = join_path(folder, "run.json");
    const char *error;
    Bytes bytes;
    char *why = read_bytes(path, &bytes);
    Json *json = why == NULL ? json_parse((const char *)bytes.at, bytes.size, &error) : NULL;
    fprintf(to, "<h2>Run</h2>\n<table>\n<tr><td>folder</td><td><code>");
    html_text(to, folder, -1);
    fprintf(to, "</code></td></tr>\n");
    for (int key = json == NULL ? -1 : json_first(json, 0); key >= 0; key = json_next(json, key))
        put_fact(to, json, key);
    fprintf(to, "</table>\n");
    json_free(json);
    if (why == NULL) free(bytes.at);
    free(why);
    free(path);
}

/* ---- the page ---- */

static void put_page(FILE *to, Session *s, const RunRecord *record) {
    Curves *curves = allocate(1, sizeof *curves);
    *curves = curves_read(record->folder);
    fprintf(to, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                "name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
    html_text(to, s->model->name, -1);
    fprintf(to, "</title>\n<style>%s</style></head><body>\n", style);
    put_title(to, s->model);
    put_numbers(to, s, curves, record->target);
    if (curves->n > 0) fprintf(to, "<h2>Losses and metrics</h2>\n<div class=\"curves\">\n");
    curves_put(to, curves);
    if (curves->n > 0) fprintf(to, "</div>\n");
    samples_put(to, record->folder);
    sliders_put(to, s, record->folder);
    fprintf(to, "<h2>Spec</h2>\n");
    spec_put(to, s->model->spec);
    put_facts(to, record->folder);
    fprintf(to, "<script>%s</script>\n</body></html>\n", script);
    curves_free(curves);
    free(curves);
}

void report_write(Session *s, const RunRecord *record) {
    char *path = join_path(record->folder, "report.html");
    AtomicFile file = atomic_open(path);
    put_page(file.to, s, record);
    atomic_close(&file);
    free(path);
}

int trainer_report(const GenModel *model, const Options *options) {
    Options own = *options;
    if (options->name != NULL) own.out = options->name;
    if (own.out != NULL && !folder_exists(own.out)) fail("%s: there is no such folder", own.out);
    Session s = session_open(model, &own, false);
    RunRecord record = {.folder = s.folder};
    if (!run_record_read(model, &record)) fail("%s: has no run.json", s.folder);
    report_write(&s, &record);
    printf("%s/report.html\n", s.folder);
    return 0;
}
