/* Checkpoints: what is written can be read; whatever is wrong with a file is said. */
#include "rt_test.h"

#include "rt.h"

static real weights[6] = {1, 2, 3, 4, 5, 6};
static int64_t updates = 7;

static Checkpoint small_checkpoint(void) {
    static CheckpointTensor tensors[2];
    static CheckpointNote notes[1];
    tensors[0] = (CheckpointTensor){"q.dense.W", GEN_REAL, 2, {2, 3}, weights};
    tensors[1] = (CheckpointTensor){"minimize.0.t", GEN_COUNT, 0, {0}, &updates};
    notes[0] = (CheckpointNote){"step", "12"};
    return (Checkpoint){2, tensors, 1, notes};
}

START_TEST(what_is_written_is_read) {
    Checkpoint checkpoint = small_checkpoint();
    checkpoint_write("a.safetensors", &checkpoint);
    memset(weights, 0, sizeof weights);
    updates = 0;
    CheckpointFile *file = checkpoint_open("a.safetensors");
    checkpoint_read(file, &checkpoint);
    for (int i = 0; i < 6; i++) ck_assert_double_eq(weights[i], i + 1);
    ck_assert_int_eq(updates, 7);
    ck_assert_str_eq(checkpoint_note(file, "step"), "12");
    ck_assert_ptr_null(checkpoint_note(file, "nothing"));
    checkpoint_close(file);
    checkpoint_write("b.safetensors", &checkpoint);
    ck_assert(same_files("a.safetensors", "b.safetensors"));
}
END_TEST

/* A file of this header and that many bytes of tensors. */
static void write_file(const char *header, size_t data) {
    unsigned char bytes[4096] = {0};
    size_t n = strlen(header);
    bytes[0] = (unsigned char)n;
    bytes[1] = (unsigned char)(n >> 8);
    memcpy(bytes + 8, header, n);
    write_bytes("bad.safetensors", bytes, 8 + n + data);
}

static int read_bad(void *unused) {
    (void)unused;
    Checkpoint checkpoint = small_checkpoint();
    checkpoint_read(checkpoint_open("bad.safetensors"), &checkpoint);
    return 0;
}

#define W "\"q.dense.W\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}"
#define T "\"minimize.0.t\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[24,32]}"

static const struct {
    const char *header;
    size_t data;
    const char *message;
} bad_files[] = {
    {"{" W "," T, 32, "its header is wrong: not valid JSON"},
    {"{" W "," T "} x", 32, "its header is wrong"},
    {"[1]", 0, "its header is not a JSON object"},
    {"{\"a\":1}", 0, "'a' in its header is not an object"},
    {"{\"a\" \"b\"}", 0, "its header is wrong"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "holds something that is not a text"},
    {"{\"a\":{\"shape\":[],\"data_offsets\":[0,4]}}", 4, "tensor 'a' has no dtype"},
    {"{\"a\":{\"dtype\":\"F31\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "unknown dtype 'F31'"},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "tensor 'a' has no shape"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "not a whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "not a whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", 4,
     "impossibly large"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4,
     "more than 8 axes"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 4, "has no pair of data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4,8]}}", 4,
     "has no pair of data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
     "does not fill its data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,0]}}", 4,
     "does not fill its data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,8]}}", 8,
     "leaves a hole before it"},
    {"{" W ",\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[20,24]}}", 24,
     "overlaps the one before"},
    {"{" W "," T "}", 31, "truncated: its tensors take 32 bytes, the file has 31"},
    {"{" W "," T "}", 33, "has 1 bytes too many at its end"},
    {"{" W ",\"q.dense.W\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[24,28]}}", 28,
     "is there twice"},
    {"{" W "}", 24, "'minimize.0.t' is not in the file"},
    {"{" W "," T ",\"z\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[32,36]}}", 36,
     "'z' is not in the model"},
    {"{\"q.dense.W\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}," T "}", 32,
     "'q.dense.W' has shape [3, 2] in the file and [2, 3] in the model"},
    {"{\"q.dense.W\":{\"dtype\":\"I32\",\"shape\":[2,3],\"data_offsets\":[0,24]}," T "}", 32,
     "'q.dense.W' has dtype I32 in the file"},
};

START_TEST(whatever_is_wrong_is_said) {
    write_file(bad_files[_i].header, bad_files[_i].data);
    ck_assert_int_eq(in_child(read_bad, NULL), 1);
    ck_assert_said("bad.safetensors");
    ck_assert_said(bad_files[_i].message);
}
END_TEST

START_TEST(every_truncation_is_noticed) {
    Checkpoint checkpoint = small_checkpoint();
    checkpoint_write("a.safetensors", &checkpoint);
    Bytes bytes;
    ck_assert_ptr_null(read_bytes("a.safetensors", &bytes));
    for (int64_t n = 0; n < bytes.size; n += 7) {
        write_bytes("bad.safetensors", bytes.at, (size_t)n);
        ck_assert_int_eq(in_child(read_bad, NULL), 1);
        ck_assert_said("bad.safetensors");
    }
}
END_TEST

START_TEST(a_header_beyond_the_limit_is_refused) {
    unsigned char bytes[16] = {0, 0xe1, 0xf5, 0x06}; /* a little more than 100,000,000 */
    write_bytes("bad.safetensors", bytes, sizeof bytes);
    ck_assert_int_eq(in_child(read_bad, NULL), 1);
    ck_assert_said("its header would be longer than 100000000 bytes");
}
END_TEST

START_TEST(the_other_width_is_converted) {
    write_file("{" W "," T "}", 32);
    ck_assert_int_eq(in_child(read_bad, NULL), 0);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("checkpoint");
    tcase_add_checked_fixture(cases, enter_scratch, leave_scratch);
    tcase_add_test(cases, what_is_written_is_read);
    tcase_add_loop_test(cases, whatever_is_wrong_is_said, 0, sizeof bad_files / sizeof *bad_files);
    tcase_add_test(cases, every_truncation_is_noticed);
    tcase_add_test(cases, a_header_beyond_the_limit_is_refused);
    tcase_add_test(cases, the_other_width_is_converted);
    tcase_set_timeout(cases, 60);
    return run_cases("runtime checkpoints", cases);
}
