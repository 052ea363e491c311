/* The top-level values of the program being built, found by declaration.
 *
 * The list is emptied when parameters have changed (elab_forget), the table never: an entry counts
 * while its declaration stands at its place of the list. */
#include "elab.h"

static MemoEntry *entry_place(MemoEntry *at, size_t size, const Tree *decl, int item) {
    uint64_t h = hash_bytes(hash_bytes(HASH_START, &decl, sizeof decl), &item, sizeof item);
    size_t i = h & (size - 1);
    while (at[i].decl && (at[i].decl != decl || at[i].item != item)) i = (i + 1) & (size - 1);
    return &at[i];
}

static void grow(Elab *e) {
    size_t size = e->memo_entries.size ? 2 * e->memo_entries.size : 64;
    MemoEntry *larger = NEW_ARRAY(e->a, MemoEntry, size);
    for (size_t i = 0; i < e->memo_entries.size; i++) {
        const MemoEntry *old = &e->memo_entries.at[i];
        if (old->decl) *entry_place(larger, size, old->decl, old->item) = *old;
    }
    e->memo_entries.at = larger;
    e->memo_entries.size = size;
}

static MemoEntry *entry_of(Elab *e, const Tree *decl, int item) {
    if (2 * e->memo_entries.n >= e->memo_entries.size) grow(e);
    MemoEntry *entry = entry_place(e->memo_entries.at, e->memo_entries.size, decl, item);
    if (!entry->decl) {
        *entry = (MemoEntry){decl, item, -1};
        e->memo_entries.n++;
    }
    return entry;
}

Memo *memo_find(Elab *e, const Tree *decl, int item) {
    int place = entry_of(e, decl, item)->place;
    if (place < 0 || place >= e->memo.n) return NULL;
    Memo *m = &e->memo.at[place];
    return m->decl == decl && m->item == item ? m : NULL;
}

void memo_add(Elab *e, const Tree *decl, int item, Value value, bool running) {
    entry_of(e, decl, item)->place = e->memo.n;
    LIST_ADD(e->a, &e->memo, ((Memo){decl, item, value, running}));
}
