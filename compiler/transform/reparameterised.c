/* Which draws have no reparameterised gradient.
 *
 * A family draws by an expression of its parameters and of noise. If that expression passes a
 * parameter that leads to a wrt through an operation that no gradient passes (a comparison, a
 * rounding, an index), then the derivative along the expression is not the derivative of the
 * expectation, and a gradient taken there would be silently wrong (Kingma & Welling 2014, 2.4). */
#include "accumulate.h"

typedef struct {
    Node *node;
    bool blind; /* a blind edge lies above */
} Step;

typedef struct {
    const Grad *grad;
    unsigned char *seen; /* by id: 1 in sight, 2 behind a blind edge */
    LIST(Step) steps;
} Search;

static void step_to(Search *s, Node *n, bool blind) {
    unsigned char mark = blind ? 2 : 1;
    if (n->id >= s->grad->room || n->depth < s->grad->least_depth) return;
    if (s->seen[n->id] & mark) return;
    s->seen[n->id] |= mark;
    LIST_ADD(s->grad->scratch, &s->steps, ((Step){n, blind}));
}

static void step_to_inputs(Search *s, Node *n, bool blind) {
    if (n->op == OP_STOP) return;
    for (int i = 0; i < n->n_in; i++) step_to(s, n->in[i], blind || edge_is_blind(n, i));
}

/* Is n a draw? Other markers are looked through. */
static bool has_parameters(const Node *n) {
    return n->op == OP_DRAWN && n->n_in > 1;
}

static bool is_parameter(const Node *drawn, const Node *n) {
    for (int i = 1; i < drawn->n_in; i++)
        if (drawn->in[i] == n) return true;
    return false;
}

static bool has_wanted_parameter(const Grad *grad, const Node *drawn) {
    for (int i = 1; i < drawn->n_in; i++)
        if (accumulate_leads(grad, drawn->in[i])) return true;
    return false;
}

bool draw_is_blind(const Grad *grad, Node *drawn) {
    if (!has_wanted_parameter(grad, drawn)) return false;
    Search s = {grad, NEW_ARRAY(grad->scratch, unsigned char, grad->room), {0}};
    step_to(&s, drawn->in[0], edge_is_blind(drawn, 0));
    while (s.steps.n > 0) {
        Step step = s.steps.at[--s.steps.n];
        if (step.blind && accumulate_leads(grad, step.node)) return true;
        if (is_parameter(drawn, step.node)) continue;
        if (!has_parameters(step.node)) {
            step_to_inputs(&s, step.node, step.blind);
        } else if (step.blind && has_wanted_parameter(grad, step.node)) {
            return true;
        }
    }
    return false;
}

/* From n, which has an adjoint, behind edges that carry none of it; each node is looked at once in
 * all. */
Node *find_blind_draw(const Grad *grad, Node *n) {
    if (has_parameters(n)) return draw_is_blind(grad, n) ? n : NULL;
    Search s = {grad, grad->searched, {0}};
    for (int i = 0; i < n->n_in; i++)
        if (edge_is_blind(n, i) || !accumulate_leads(grad, n->in[i])) step_to(&s, n->in[i], true);
    while (s.steps.n > 0) {
        Node *at = s.steps.at[--s.steps.n].node;
        if (!has_parameters(at)) step_to_inputs(&s, at, true);
        else if (draw_is_blind(grad, at)) return at;
    }
    return NULL;
}
