/* source_sprites.c: pixel creatures, as [3, side, side] pictures of a few colours on white.
 *
 * A creature is a list of parts (ellipses and triangles) painted one over the other, on coordinates
 * from -1 to 1 whose horizontal is taken without its sign: so it is symmetric. Where a part meets
 * the background it gets a dark outline. Colours come from a fixed table. */
#include "data.h"

enum { MAX_PARTS = 40, LARGEST_SPRITE = 32 };

/* What a pixel shows: a shade of the skin or of the accent colour, or something of its own. */
typedef enum {
    INK_NONE,
    INK_SKIN,
    INK_ACCENT,
    INK_BELLY,
    INK_MARK, /* skin, a shade darker */
    INK_WHITE,
    INK_BLACK,
    INK_MOUTH
} Ink;

typedef struct {
    bool triangle;
    double x, y, rx, ry, power; /* |x/rx|^power + |y/ry|^power <= 1 */
    double corner[3][2];
    Ink ink;
} SpritePart;

typedef struct {
    int n;
    SpritePart part[MAX_PARTS];
    int skin, accent;                 /* rows of the colour table */
    double top, middle, bottom, wide; /* of the body */
    double face, face_wide;           /* where the eyes are, and how much room they have */
} Creature;

/* Light, plain, dark, outline. */
/* clang-format off */
static const unsigned char sprite_colours[][4][3] = {
    {{250, 138, 120}, {222,  74,  66}, {158,  38,  52}, { 82,  18,  38}}, /* red */
    {{255, 190, 110}, {240, 138,  48}, {186,  88,  28}, { 98,  42,  20}}, /* orange */
    {{255, 236, 132}, {244, 204,  60}, {194, 148,  34}, {108,  76,  22}}, /* yellow */
    {{176, 232, 112}, {106, 190,  66}, { 58, 134,  56}, { 24,  70,  40}}, /* green */
    {{116, 222, 176}, { 46, 174, 134}, { 26, 120, 106}, { 14,  62,  64}}, /* jade */
    {{138, 214, 246}, { 66, 160, 226}, { 42, 104, 176}, { 24,  50, 104}}, /* sky */
    {{150, 156, 244}, { 94,  96, 210}, { 64,  58, 152}, { 34,  28,  88}}, /* indigo */
    {{214, 160, 246}, {164, 100, 214}, {112,  60, 158}, { 58,  26,  92}}, /* violet */
    {{255, 178, 214}, {238, 116, 170}, {180,  66, 128}, { 98,  28,  74}}, /* pink */
    {{214, 176, 136}, {164, 122,  84}, {114,  78,  56}, { 60,  38,  32}}, /* brown */
    {{206, 212, 220}, {150, 160, 174}, {100, 110, 128}, { 48,  54,  70}}, /* grey */
    {{122, 120, 142}, { 82,  78, 104}, { 54,  50,  74}, { 26,  22,  40}}, /* night */
};
/* clang-format on */
enum { SPRITE_COLOURS = sizeof sprite_colours / sizeof *sprite_colours };

static const unsigned char sprite_mouth[3] = {120, 24, 44};

/* ---- parts ---- */

static void add_part(Creature *c, SpritePart part) {
    if (c->n == MAX_PARTS) BUG("a creature with too many parts");
    c->part[c->n++] = part;
}

static void add_blob(Creature *c, Ink ink, double x, double y, double rx, double ry, double power) {
    add_part(c, (SpritePart){.x = x, .y = y, .rx = rx, .ry = ry, .power = power, .ink = ink});
}

static void add_triangle(Creature *c, Ink ink, double ax, double ay, double bx, double by,
                         double cx, double cy) {
    add_part(c,
             (SpritePart){.triangle = true, .corner = {{ax, ay}, {bx, by}, {cx, cy}}, .ink = ink});
}

typedef void AddParts(Creature *c, Chance *chance);

static void add_nothing(Creature *c, Chance *chance) {
    (void)c, (void)chance;
}

/* Behind the body. */
static void add_wings(Creature *c, Chance *chance) {
    double up = chance_between(chance, -0.75, -0.2), reach = chance_between(chance, 0.8, 0.95);
    add_triangle(c, INK_ACCENT, c->wide * 0.5, c->middle - 0.25, reach, up, c->wide * 0.6,
                 c->middle + 0.3);
    add_triangle(c, INK_ACCENT, reach, up, reach - 0.05, up + 0.65, c->wide * 0.5, c->middle + 0.1);
}

static void add_arms(Creature *c, Chance *chance) {
    double y = c->middle + chance_between(chance, -0.1, 0.15);
    double x = c->wide + chance_between(chance, 0, 0.12);
    Ink ink = chance_below(chance, 2) == 0 ? INK_SKIN : INK_ACCENT;
    add_blob(c, INK_SKIN, x, y, 0.2, chance_between(chance, 0.12, 0.2), 2);
    add_blob(c, ink, x + 0.1, y + chance_between(chance, -0.15, 0.2), 0.13, 0.13, 2);
}

static void add_spikes(Creature *c, Chance *chance) {
    double length = chance_between(chance, 0.16, 0.3);
    for (int i = 0; i < 3; i++) {
        double y = c->top + 0.2 + 0.28 * i;
        add_triangle(c, INK_ACCENT, c->wide * 0.7, y - 0.12, c->wide + length, y - 0.08,
                     c->wide * 0.7, y + 0.14);
    }
}

/* Below the body. */
static void add_feet(Creature *c, Chance *chance) {
    double apart = c->wide * chance_between(chance, 0.35, 0.7);
    Ink ink = chance_below(chance, 2) == 0 ? INK_SKIN : INK_ACCENT;
    add_blob(c, ink, apart, c->bottom, chance_between(chance, 0.14, 0.22), 0.14, 2.5);
}

static void add_legs(Creature *c, Chance *chance) {
    double apart = c->wide * chance_between(chance, 0.35, 0.6);
    double length = chance_between(chance, 0.12, 0.24);
    add_blob(c, INK_SKIN, apart, c->bottom, 0.11, length, 4);
    add_blob(c, INK_ACCENT, apart + 0.06, c->bottom + length, 0.16, 0.08, 3);
}

static void add_tentacles(Creature *c, Chance *chance) {
    double length = chance_between(chance, 0.2, 0.34);
    for (int i = 0; i < 3; i++)
        add_blob(c, i % 2 == 0 ? INK_SKIN : INK_MARK, c->wide * (0.1 + 0.38 * i), c->bottom - 0.04,
                 0.11, length - 0.05 * i, 2);
}

static void add_insect_legs(Creature *c, Chance *chance) {
    double spread = chance_between(chance, 0.2, 0.32);
    for (int i = 0; i < 3; i++) {
        double y = c->middle - 0.1 + 0.25 * i;
        add_triangle(c, INK_MARK, c->wide * 0.6, y - 0.07, c->wide + spread,
                     y + 0.12 * (i - 1) - 0.02, c->wide * 0.6, y + 0.1);
    }
}

/* Above the head. */
static void add_pointed_ears(Creature *c, Chance *chance) {
    double x = c->face_wide * chance_between(chance, 0.55, 0.8);
    double tip = c->face - chance_between(chance, 0.45, 0.62);
    add_triangle(c, INK_SKIN, x - 0.2, c->face - 0.12, x + 0.05, tip, x + 0.18, c->face);
}

static void add_long_ears(Creature *c, Chance *chance) {
    double x = c->face_wide * chance_between(chance, 0.35, 0.6);
    double tall = chance_between(chance, 0.26, 0.36);
    add_blob(c, INK_SKIN, x, c->face - 0.42, 0.12, tall, 2);
    add_blob(c, INK_BELLY, x, c->face - 0.4, 0.05, tall * 0.6, 2);
}

static void add_horns(Creature *c, Chance *chance) {
    double x = c->face_wide * chance_between(chance, 0.4, 0.75);
    double lean = chance_between(chance, -0.1, 0.25);
    add_triangle(c, INK_ACCENT, x - 0.12, c->face - 0.15, x + lean, c->face - 0.66, x + 0.14,
                 c->face - 0.1);
}

static void add_antennae(Creature *c, Chance *chance) {
    double x = c->face_wide * chance_between(chance, 0.25, 0.6);
    double top = c->face - chance_between(chance, 0.5, 0.6);
    add_blob(c, INK_MARK, x, (top + c->face) / 2, 0.045, (c->face - top) / 2, 6);
    add_blob(c, INK_ACCENT, x + 0.02, top, 0.1, 0.1, 2);
}

static void add_crest(Creature *c, Chance *chance) {
    double tall = chance_between(chance, 0.45, 0.62);
    add_triangle(c, INK_ACCENT, 0, c->face - tall, 0, c->face - 0.1, 0.22, c->face - 0.15);
}

/* On the body. */
static void add_belly(Creature *c, Chance *chance) {
    double tall = (c->bottom - c->middle) * chance_between(chance, 0.6, 0.85);
    add_blob(c, INK_BELLY, 0, c->bottom - tall * 0.95, c->wide * chance_between(chance, 0.45, 0.62),
             tall, 2);
}

static void add_spots(Creature *c, Chance *chance) {
    for (int i = 0; i < 3; i++)
        add_blob(c, INK_MARK, chance_between(chance, 0.2, 0.8) * c->wide,
                 chance_between(chance, c->middle - 0.05, c->bottom - 0.15), 0.09, 0.09, 2);
}

static void add_stripes(Creature *c, Chance *chance) {
    double step = chance_between(chance, 0.2, 0.28);
    for (int i = 0; i < 2; i++)
        add_blob(c, INK_MARK, c->wide * 0.9, c->middle + 0.08 + step * i, c->wide * 0.45, 0.05, 4);
}

/* In the face. */
static void add_eye(Creature *c, double x, double y, double size, bool angry) {
    add_blob(c, INK_WHITE, x, y, size, size * 1.1, 2.6);
    add_blob(c, INK_BLACK, x == 0 ? 0 : x - size * 0.25, y + size * 0.2, size * 0.5, size * 0.6, 3);
    if (angry)
        add_triangle(c, INK_MARK, x - size * 1.3, y - size * 0.2, x + size * 1.3, y - size * 1.4,
                     x - size * 1.3, y - size * 1.6);
}

static void add_two_eyes(Creature *c, Chance *chance) {
    double size = chance_between(chance, 0.12, 0.19);
    add_eye(c, c->face_wide * chance_between(chance, 0.4, 0.55), c->face, size,
            chance_below(chance, 3) == 0);
}

static void add_one_eye(Creature *c, Chance *chance) {
    add_eye(c, 0, c->face, chance_between(chance, 0.2, 0.28), false);
}

static void add_three_eyes(Creature *c, Chance *chance) {
    add_eye(c, c->face_wide * 0.5, c->face + 0.05, 0.13, false);
    add_eye(c, 0, c->face - chance_between(chance, 0.12, 0.2), 0.13, false);
}

static void add_dark_eyes(Creature *c, Chance *chance) {
    double size = chance_between(chance, 0.08, 0.12);
    add_blob(c, INK_BLACK, c->face_wide * chance_between(chance, 0.35, 0.55), c->face, size,
             size * 1.4, 3);
}

static void add_smile(Creature *c, Chance *chance) {
    double wide = c->face_wide * chance_between(chance, 0.3, 0.5);
    add_blob(c, INK_BLACK, 0, c->face + 0.28, wide, 0.05, 4);
}

static void add_open_mouth(Creature *c, Chance *chance) {
    double wide = c->face_wide * chance_between(chance, 0.3, 0.5);
    add_blob(c, INK_MOUTH, 0, c->face + 0.3, wide, 0.11, 3);
    if (chance_below(chance, 2) == 0)
        add_triangle(c, INK_WHITE, wide * 0.45, c->face + 0.19, wide * 0.75, c->face + 0.36,
                     wide * 0.98, c->face + 0.19);
}

static void add_beak(Creature *c, Chance *chance) {
    double wide = chance_between(chance, 0.12, 0.2);
    add_triangle(c, INK_ACCENT, 0, c->face + 0.14, wide, c->face + 0.2, 0, c->face + 0.44);
}

static void add_fangs(Creature *c, Chance *chance) {
    double x = c->face_wide * chance_between(chance, 0.2, 0.35);
    add_blob(c, INK_BLACK, 0, c->face + 0.26, c->face_wide * 0.5, 0.05, 4);
    add_triangle(c, INK_WHITE, x - 0.08, c->face + 0.28, x, c->face + 0.46, x + 0.08,
                 c->face + 0.28);
}

/* ---- a whole creature, from back to front ---- */

#define CHOOSE(c, chance, ...)                                                                     \
    choose_parts((c), (chance), (AddParts *const[]){__VA_ARGS__},                                  \
                 sizeof((AddParts *const[]){__VA_ARGS__}) / sizeof(AddParts *))

static void choose_parts(Creature *c, Chance *chance, AddParts *const *choices, size_t n) {
    choices[chance_below(chance, (int)n)](c, chance);
}

static void choose_body(Creature *c, Chance *chance) {
    c->skin = chance_below(chance, SPRITE_COLOURS);
    c->accent = (c->skin + 1 + chance_below(chance, SPRITE_COLOURS - 1)) % SPRITE_COLOURS;
    c->wide = chance_between(chance, 0.38, 0.66);
    c->bottom = chance_between(chance, 0.6, 0.72);
    c->top = chance_between(chance, -0.5, -0.15);
    c->middle = (c->top + c->bottom) / 2;
    c->face = c->top + 0.28;
    c->face_wide = c->wide * 0.9;
}

static void add_body(Creature *c, double power) {
    add_blob(c, INK_SKIN, 0, c->middle, c->wide, (c->bottom - c->top) / 2, power);
}

static void add_head(Creature *c, Chance *chance) {
    double size = chance_between(chance, 0.36, 0.5);
    c->face = c->top - 0.02;
    c->face_wide = size * 0.9;
    add_blob(c, INK_SKIN, 0, c->face, size, size * chance_between(chance, 0.8, 0.95),
             chance_between(chance, 1.9, 3));
}

static void assemble(Creature *c, Chance *chance) {
    bool has_head = chance_below(chance, 5) < 3;
    choose_body(c, chance);
    if (has_head) c->face = c->top - 0.02;
    CHOOSE(c, chance, add_nothing, add_nothing, add_wings, add_arms, add_arms, add_spikes);
    CHOOSE(c, chance, add_nothing, add_feet, add_feet, add_legs, add_tentacles, add_insect_legs);
    if (has_head) c->top += 0.12;
    CHOOSE(c, chance, add_nothing, add_pointed_ears, add_long_ears, add_horns, add_antennae,
           add_crest);
    add_body(c, chance_between(chance, 1.8, 3.2));
    CHOOSE(c, chance, add_nothing, add_belly, add_belly, add_spots, add_stripes);
    if (has_head) {
        c->top -= 0.12;
        add_head(c, chance);
    }
    CHOOSE(c, chance, add_two_eyes, add_two_eyes, add_two_eyes, add_one_eye, add_three_eyes,
           add_dark_eyes);
    CHOOSE(c, chance, add_nothing, add_smile, add_open_mouth, add_beak, add_fangs);
}

/* ---- painting ---- */

typedef struct {
    Ink ink;
    int shade; /* 0 light, 1 plain, 2 dark, 3 outline */
} SpritePixel;

static double side_of(const double *a, const double *b, double x, double y) {
    return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
}

static bool covers(const SpritePart *p, double x, double y) {
    if (!p->triangle)
        return pow(fabs((x - p->x) / p->rx), p->power) + pow(fabs((y - p->y) / p->ry), p->power) <=
               1;
    double a = side_of(p->corner[0], p->corner[1], x, y);
    double b = side_of(p->corner[1], p->corner[2], x, y);
    double c = side_of(p->corner[2], p->corner[0], x, y);
    return (a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0);
}

/* Light falls from above. */
static int shade_at(const SpritePart *p, double y) {
    double down = p->triangle ? 0 : (y - p->y) / p->ry;
    return down < -0.5 ? 0 : down > 0.45 ? 2 : 1;
}

static SpritePixel pixel_at(const Creature *c, double x, double y) {
    SpritePixel pixel = {INK_NONE, 0};
    for (int i = 0; i < c->n; i++)
        if (covers(&c->part[i], x, y))
            pixel = (SpritePixel){c->part[i].ink, shade_at(&c->part[i], y)};
    return pixel;
}

static void outline(SpritePixel (*at)[LARGEST_SPRITE], int side) {
    static const int step[][2] = {{0, 1}, {0, -1}, {1, 0}, {-1, 0}};
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            for (int k = 0; k < 4 && at[y][x].ink == INK_NONE; k++) {
                int ny = y + step[k][0], nx = x + step[k][1];
                if (ny < 0 || nx < 0 || ny >= side || nx >= side) continue;
                bool body = at[ny][nx].ink != INK_NONE && at[ny][nx].shade != 3;
                if (body) at[y][x] = (SpritePixel){INK_SKIN, 3};
            }
}

static const unsigned char *sprite_colour(const Creature *c, SpritePixel pixel) {
    static const unsigned char white[3] = {255, 255, 255};
    switch (pixel.ink) {
    case INK_SKIN:
        return sprite_colours[c->skin][pixel.shade];
    case INK_ACCENT:
        return sprite_colours[c->accent][pixel.shade];
    case INK_MARK:
        return sprite_colours[c->skin][2];
    case INK_BELLY:
        return sprite_colours[c->skin][0];
    case INK_BLACK:
        return sprite_colours[c->skin][3];
    case INK_MOUTH:
        return sprite_mouth;
    default:
        return white;
    }
}

static void draw_sprite(int part, int64_t example, int side, real *picture) {
    SpritePixel at[LARGEST_SPRITE][LARGEST_SPRITE];
    Chance chance = chance_new("sprites", part, example);
    Creature creature = {0};
    assemble(&creature, &chance);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            at[y][x] =
                pixel_at(&creature, fabs((2 * x + 1.0) / side - 1), (2 * y + 1.0) / side - 1);
    outline(at, side);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            for (int c = 0; c < 3; c++)
                picture[(c * side + y) * side + x] = (real)sprite_colour(&creature, at[y][x])[c];
}

void load_sprites(const SourceRequest *request, SourceTable *table) {
    int side = (int)call_number(request->call, "size");
    int64_t values = 3 * side * side;
    if (side != 20 && side != 32) fail("sprites: size must be 20 or 32, found %d", side);
    table->from = "sprites";
    table->space[0] = (Space){.rank = 3, .dim = {3, side, side}, .high = 255, .level = 1};
    for (int part = 0; part < DATA_PARTS; part++) {
        int64_t n = built_in_count(request, part);
        real *picture = table->values[part][0] = allocate(n * values, sizeof *picture);
        table->count[part] = n;
#pragma omp parallel for
        for (int64_t i = 0; i < n; i++) draw_sprite(part, i, side, picture + i * values);
    }
}
