/* What the files of the comparison share. */
#ifndef GENC_DIFF_INSIDE_H
#define GENC_DIFF_INSIDE_H

#include "diff.h"

/* Where a top-level name lives. */
typedef enum { SPACE_VALUE, SPACE_CALLABLE, SPACE_METRIC, SPACE_SAMPLE, SPACE_OTHER } Space;

/* A file of a spec: the spec itself, or one that it imports. */
typedef struct Home Home;
struct Home {
    const char *name; /* as the import says; NULL: the spec itself */
    int source;
    const Tree *decls;
    Home *mate; /* in the other spec; NULL: an import of one spec only */
};

/* A top-level name. One declaration may bind several. */
typedef struct Entry Entry;
struct Entry {
    const char *name;
    const Tree *decl;
    Home *home;
    int item;
    Space space;
    Entry *mate;    /* in the other spec */
    Change *rename; /* if it is called otherwise there: of the old one's */
    bool active;    /* a constant of one spec only, without which a change cannot be read */
};

typedef struct Names {
    LIST(Home *) homes; /* the spec first */
    LIST(Entry *) entries;
    LIST(const Tree *) decls;
} Names;

/* Two names that mean the same from here on; the innermost pair that knows a name decides. One of
 * them may be NULL: bound in one spec only. */
typedef struct NamePair NamePair;
struct NamePair {
    const char *old, *new;
    NamePair *outer;
    Change *rename; /* collects the places of the old name; NULL: the names are equal */
};

/* A constant expression that means the same, written otherwise: of use only to those constants. */
typedef struct {
    DiffEdit edit;
    LIST(Entry *) lets;
} Silent;

/* An argument given by a name that is another one in the new spec. */
typedef struct {
    const Tree *formals; /* the old callee's */
    const char *name;
    DiffEdit edit;
} NamedArgument;

typedef struct {
    Arena *a;
    Diff *diff;
    DiffSide *old, *new;
    NamePair *pairs;
    bool in_data;   /* in a data declaration: names are sources and transforms */
    bool exchange;  /* may a name stand for what another one stood for? */
    bool exchanged; /* and does it look as if one did? */
    LIST(Silent) silent;
    LIST(NamedArgument) named;
    /* what is being walked */
    const Tree *old_decl, *new_decl, *old_line, *new_line;
    int old_file, new_file; /* that it stands in */
    double order;
} Compare;

/* side.c */
/* The file that a source is; NULL: the library. */
Home *home_of(const DiffSide *side, int file);
/* What a name means where it stands: in the spec its own names and then its imports', in an import
 * that file's own. NULL: the library's, a local or an unknown one. */
Entry *names_find(const DiffSide *side, Space space, const Tree *name);
Entry *entry_of(const DiffSide *side, const Tree *decl, int item);
/* What a name calls where it stands: a declaration of the spec, of an import or of the library;
 * NULL: a primitive or unknown. */
const Tree *side_callable(const DiffSide *side, const Tree *name);
/* The items of the train block; NULL: there is none. */
const Tree *side_train(const DiffSide *side);
bool side_constant(const DiffSide *side, const char *name, double *value);
const char *side_text(Compare *c, const DiffSide *side, Span at); /* as it is written */

/* pair.c: mates of files and declarations. */
void pair_declarations(Compare *c);

/* constant.c */
/* Bindings that a constant expression may use besides lets. */
typedef struct {
    const char *name;
    const Tree *value;
} BoundName;
typedef struct {
    const BoundName *at;
    int n;
} BoundList;
bool constant_value(Compare *c, bool is_old, const Tree *t, const BoundList *bound, double *value);
/* Does it keep its value whatever else changes between the two? */
bool constant_is_stable(Compare *c, bool is_old, const Tree *t);
/* The lets that only this spec has and t reads. */
void constant_lets(Compare *c, bool is_old, const Tree *t, Entry ***at, int *n, int *room);
bool is_local(const Compare *c, bool is_old, const char *name);

/* similar.c: 1 if both consist of the same words and numbers, 0 if of none in common. */
double similar(Arena *a, const Tree *x, const Tree *y);

/* align.c */
typedef struct {
    int old, new;
    bool moved;
} AlignPair;                                                             /* -1: none */
typedef double AlignScore(Compare *c, const Tree *old, const Tree *new); /* 0: not to be paired */
bool any_two(const Tree *old, const Tree *new); /* to be paired whatever they are */
/* Pairs in the order of both lists; those left over are paired where `zip` allows it. At most n +
 * m. */
int align(Compare *c, Tree *const *old, int n, Tree *const *new, int m, AlignScore *score,
          bool (*zip)(const Tree *old, const Tree *new), AlignPair *out);

/* match.c: record: note where renamed things stand. */
bool match(Compare *c, const Tree *old, const Tree *new, bool record);
bool match_list(Compare *c, const Tree *old, const Tree *new, bool record);
bool match_names(Compare *c, const Tree *old, const Tree *new, bool call, bool record);
/* Names bound by shapes and formals are paired; true if all else about them is equal. */
bool match_dims(Compare *c, const Tree *old, const Tree *new, bool binds, bool record);
bool match_formals(Compare *c, const Tree *old, const Tree *new, bool record);
void pair_names(Compare *c, const char *old, Span old_at, const char *new, Change *rename);
/* A setting of a train's or minimize's list. Settings match if they come to the same; one that is
 * missing (NULL) is what holds without it. */
const Tree *setting_named(const Tree *list, const char *name);
bool match_setting(Compare *c, const Tree *old, const Tree *new, bool record);
/* The one that holds for a minimize: its own, or else the step's. */
const Tree *setting_of_minimize(const DiffSide *side, const Tree *minimize, const char *name);
/* new's statements in an order as near to old's as their meaning allows. */
Tree **body_in_order_of(Compare *c, const Tree *old, const Tree *new);
/* The first name that a statement binds; NULL: none. */
const char *bound_name(const Tree *t);
const Tree *method_named(const Tree *list, const char *name);
/* `over` is a set. */
bool match_set(Compare *c, const Tree *old, const Tree *new, bool record);
void pair_bound(Compare *c, const Tree *old, const Tree *new);

/* call.c */
bool match_call(Compare *c, const Tree *old, const Tree *new, bool record);
/* An argument in its place: value NULL where it is left out. */
typedef struct {
    const char *name;
    const Tree *value, *given;
} Placed;
/* Of a call or a bare name; piped may be NULL. Number of places; -1: unknown callee, or `...`. */
int place_arguments(Compare *c, bool is_old, const Tree *call, const Tree *piped, Placed **out);
bool match_placed(Compare *c, const Placed *x, int nx, const Placed *y, int ny, int i, bool record);
const Tree *callee_of(const Tree *call); /* f of f(a), and of f alone */
bool match_callees(Compare *c, const Tree *old, const Tree *new, bool record);

/* walk.c */
void walk_expression(Compare *c, const Tree *old, const Tree *new);
Change *add_change(Compare *c, ChangeKind kind, const char *what, const Tree *old, const Tree *new);
void add_edit(Compare *c, Change *change, Span at, const char *text);
/* Replaces one by the other; either may be NULL where its place is given. */
Change *replace(Compare *c, const char *what, const Tree *old, const Tree *new);
Change *rename_change(Compare *c, const char *what, const char *old, Span old_at, const char *new,
                      Span new_at);

/* statement.c */
void walk_body(Compare *c, const Tree *old, const Tree *new);

/* body.c */
void walk_train(Compare *c, const Tree *old, const Tree *new);
/* The minimizes among a train's items; how those of two trains are paired. */
int minimizes_of(Compare *c, const Tree *items, Tree ***out);
int pair_minimizes(Compare *c, Tree **old, int n, Tree **new, int m, AlignPair **out);
void walk_methods(Compare *c, const Tree *old, const Tree *new);

/* declare.c */
void compare_declarations(Compare *c);
Space space_of(const Tree *decl);
const char *decl_name(const Tree *decl, int item);
int decl_items(const Tree *decl);
const char *decl_word(const Tree *decl);            /* "encoder", "constant" */
const char *decl_title(Arena *a, const Tree *decl); /* "encoder q", "let width" */

/* effects.c */
void find_effects(Compare *c);

#endif
