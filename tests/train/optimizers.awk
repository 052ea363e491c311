# What specs/optimizers.gen must log, step by step: "step loss value". The gradient of the bowl
# 2 (a - 3)^2 + (b + 1)^2 / 2 is 4 (a - 3), b + 1.
function bowl(n) { return 2 * (p[n, 0] - 3) ^ 2 + 0.5 * (p[n, 1] + 1) ^ 2 }
function gradient(n) { g[0] = 4 * (p[n, 0] - 3); g[1] = p[n, 1] + 1 }
function descend(n, rate,    i) { gradient(n); for (i = 0; i < 2; i++) p[n, i] -= rate * g[i] }
function show(name, value) { printf "%d %s %.17g\n", t, name, value }
function least(a, b) { return a < b ? a : b }
function walk(i) {
    show("by_sgd", bowl(1)); descend(1, 0.1)
    show("by_momentum", bowl(2)); gradient(2)
    for (i = 0; i < 2; i++) { m[2, i] = 0.8 * m[2, i] + g[i]; p[2, i] -= 0.02 * m[2, i] }
    show("by_rmsprop", bowl(3)); gradient(3)
    for (i = 0; i < 2; i++) { v[3, i] = 0.8 * v[3, i] + 0.2 * g[i] ^ 2; p[3, i] -= 0.1 * g[i] / (sqrt(v[3, i]) + 1e-8) }
    show("by_adagrad", bowl(4)); gradient(4)
    for (i = 0; i < 2; i++) { v[4, i] += g[i] ^ 2; p[4, i] -= 0.5 * g[i] / (sqrt(v[4, i]) + 1e-10) }
    show("by_adam", bowl(5)); gradient(5); adam(5, 0.8, 0.99, 0)
    show("by_adamw", bowl(6)); gradient(6); adam(6, 0.9, 0.999, 0.1)
    show("clipped", bowl(7)); gradient(7)
    length_of_g = sqrt(g[0] ^ 2 + g[1] ^ 2)
    for (i = 0; i < 2; i++) p[7, i] -= 0.1 * g[i] * least(1, 1.5 / length_of_g)
    show("clipped_weights", bowl(8)); descend(8, 0.1)
    for (i = 0; i < 2; i++) p[8, i] = p[8, i] > 1.25 ? 1.25 : p[8, i] < -1.25 ? -1.25 : p[8, i]
    sum = 0
    for (turn = 0; turn < 3; turn++) { sum += bowl(9); descend(9, 0.01) }
    show("repeated", sum / 3)
    step = t - 1
    show("by_linear", bowl(10)); descend(10, 0.1 + (0.01 - 0.1) * least(1, step / 10))
    show("by_cosine", bowl(11))
    done = step < 4 ? 0 : step > 18 ? 1 : (step - 4) / 14
    descend(11, least(1, t / 4) * (0.01 + 0.09 * (1 + cos(atan2(0, -1) * done)) / 2))
    show("by_exponential", bowl(12)); descend(12, 0.1 * 0.5 ^ (step / 10))
    # An epoch is 10,000 drawn examples, a step takes three batches of 1,000. Stages last 1, 3, 9 epochs.
    epoch = step * 3000 / 10000
    stage = epoch < 1 ? 0 : epoch < 4 ? 1 : 2
    show("by_stages", bowl(13)); descend(13, 0.1 * 0.1 ^ stage)
    show("by_rank", bowl(14) + bowl(15))
    gradient(14); adam(14, 0.9, 0.999, 0)
    gradient(15); adam(15, 0.9, 0.999, 0.1)
    average = 0.9 * average + 0.1 * p[1, 0]
}
function adam(n, beta1, beta2, decay,    i) {
    for (i = 0; i < 2; i++) {
        m[n, i] = beta1 * m[n, i] + (1 - beta1) * g[i]
        v[n, i] = beta2 * v[n, i] + (1 - beta2) * g[i] ^ 2
        p[n, i] -= 0.1 * (m[n, i] / (1 - beta1 ^ t) / (sqrt(v[n, i] / (1 - beta2 ^ t)) + 1e-8) + decay * p[n, i])
    }
}
BEGIN {
    for (n = 1; n <= 15; n++) p[n, 0] = p[n, 1] = 1
    average = 1
    for (t = 1; t <= 20; t++) walk()
    t = 20
    show("averaged", average)
}
