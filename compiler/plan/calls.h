/* How the operations that ops.def calls CALLs are handed their values. */
#ifndef GENC_CALLS_H
#define GENC_CALLS_H

#include "plan.h"

typedef enum {
    NOTHING,  /* no input is read */
    ELEMENTS, /* read or written one by one, wherever they are */
    WHOLE,    /* contiguous in memory */
} Handing;

typedef struct {
    bool is_call;
    Handing takes, gives;
    int64_t (*scratch)(const Node *n); /* elements of working memory; NULL: none */
} CallInfo;

extern const CallInfo call_info[OP_COUNT];

#endif
