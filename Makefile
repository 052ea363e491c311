# genc: every task.
#
#   make          the compiler, ./genc, and the runtime's libraries under build/
#   make deps     installs what is missing, with the system's package manager
#   make demo     builds all, trains specs/vae.gen for about 20 seconds, leaves pictures
#   make check    builds and runs all tests (check-full: the long ones too)
#   make install  PREFIX=/usr/local, DESTDIR=
#
# New files need no edit here: sources are found by their place.

PREFIX ?= /usr/local
CC     ?= cc
BUILD  ?= build
GENC   ?= genc

WARNINGS := -Wall -Wextra -Wshadow -Werror
OPTIMISE ?= -O2 -g
SANITIZE ?=
# `make V=1` shows every command.
SAY := $(if $(V),@:,@echo)
Q   := $(if $(V),,@)
CFLAGS_ALL = -std=gnu11 $(WARNINGS) $(OPTIMISE) $(SANITIZE) -MMD -MP $(CFLAGS)
VERSION  := 0.1.0

# ---- what must be there ----

.DEFAULT_GOAL := all

include deps.mk

# ---- the compiler ----

COMPILER_SOURCES := $(wildcard compiler/*.c compiler/*/*.c)
STD_SPECS        := $(sort $(wildcard compiler/std/*.gen))
TEMPLATE_SPECS   := $(sort $(wildcard compiler/templates/*.gen))
COMPILER_OBJECTS := $(COMPILER_SOURCES:%.c=$(BUILD)/%.o) \
                    $(BUILD)/compiler/syntax/parse.o $(BUILD)/compiler/syntax/lex.o \
                    $(BUILD)/std.o $(BUILD)/templates.o $(BUILD)/runtime_files.o \
                    $(BUILD)/f64/runtime/weights.o
COMPILER_PARTS   := $(filter-out $(BUILD)/compiler/main.o,$(COMPILER_OBJECTS))
COMPILER_FLAGS   := -Icompiler -Icompiler/syntax -I$(BUILD)/compiler/syntax -Iruntime
COMPILER_FLAGS   += -DGENC_VERSION='"$(VERSION)"' -DGENC_PREFIX='"$(PREFIX)"'
COMPILER_LIBS    := -lcjson -lpng -lz -lm -lpthread

# ---- the runtime, once in float and once in double ----

RUNTIME_SOURCES := $(wildcard runtime/*.c runtime/*/*.c)
RUNTIME_FLAGS   := -O3 -march=native -fopenmp -fno-math-errno -fno-trapping-math -ffp-contract=off -fPIC
RUNTIME_FLAGS   += -Iruntime
RUNTIME_FLAGS   += $$(pkg-config --cflags openblas 2>/dev/null)
RUNTIME_F32     := $(RUNTIME_SOURCES:%.c=$(BUILD)/f32/%.o)
RUNTIME_F64     := $(RUNTIME_SOURCES:%.c=$(BUILD)/f64/%.o)
RUNTIME_LIBS    := $(BUILD)/libgenrt_f32.a $(BUILD)/libgenrt_f64.a

.PHONY: all deps demo check check-full check-sanitize promote bench install uninstall clean format
.DELETE_ON_ERROR:
.SECONDARY:

all: $(GENC) $(RUNTIME_LIBS)

$(GENC): $(COMPILER_OBJECTS)
	$(SAY) "  LINK $@"
	$(Q)$(CC) $(OPTIMISE) $(SANITIZE) -o $@ $^ $(COMPILER_LIBS) $(LDFLAGS)

$(BUILD)/compiler/%.o: compiler/%.c | $(BUILD)/deps.ok $(BUILD)/compiler/syntax/parse.h
	@mkdir -p $(@D)
	$(SAY) "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(COMPILER_FLAGS) -c -o $@ $<

$(BUILD)/compiler/%.o: $(BUILD)/compiler/%.c
	$(SAY) "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(COMPILER_FLAGS) -c -o $@ $<

# bison writes both files at once.
$(BUILD)/compiler/syntax/parse.h: $(BUILD)/compiler/syntax/parse.c ;

$(BUILD)/compiler/syntax/parse.c: compiler/syntax/parse.y | $(BUILD)/deps.ok
	@mkdir -p $(@D)
	$(SAY) "  BISON $<"
	$(Q)bison -Wall -Werror --header=$(BUILD)/compiler/syntax/parse.h -o $(BUILD)/compiler/syntax/parse.c $<

$(BUILD)/compiler/syntax/lex.c: compiler/syntax/lex.l $(BUILD)/compiler/syntax/parse.h | $(BUILD)/deps.ok
	@mkdir -p $(@D)
	$(SAY) "  FLEX $<"
	$(Q)flex -o $@ $<

# The standard library's specs as C strings.
$(BUILD)/std.c: $(STD_SPECS) compiler/std/embed.awk
	@mkdir -p $(@D)
	$(SAY) "  STD  $@"
	$(Q)LC_ALL=C awk -v folder=std -v header=std/std.h -v table=std_file \
	    -f compiler/std/embed.awk $(STD_SPECS) </dev/null > $@

# The starting specs of genc new, likewise.
$(BUILD)/templates.c: $(TEMPLATE_SPECS) compiler/std/embed.awk
	@mkdir -p $(@D)
	$(SAY) "  STD  $@"
	$(Q)LC_ALL=C awk -v folder=templates -v header=templates/templates.h -v table=template_file \
	    -f compiler/std/embed.awk $(TEMPLATE_SPECS) </dev/null > $@

# The runtime's files, of which genc emit --standalone makes one; jsmn is a header that they include.
RUNTIME_TEXTS := LICENSE $(wildcard runtime/*.h runtime/*.c runtime/data/*.h runtime/data/*.c)
JSMN_HEADER    = $$(echo '\#include <jsmn.h>' | $(CC) -M -x c - | tr -d '\\' | tr ' ' '\n' | grep '/jsmn.h$$')

$(BUILD)/runtime_files.c: $(RUNTIME_TEXTS) compiler/std/embed.awk | $(BUILD)/deps.ok
	@mkdir -p $(@D)
	$(SAY) "  STD  $@"
	$(Q)LC_ALL=C awk -v folder=runtime -v header=std/std.h -v table=runtime_file \
	    -f compiler/std/embed.awk $(RUNTIME_TEXTS) $(JSMN_HEADER) </dev/null > $@

$(BUILD)/std.o $(BUILD)/runtime_files.o: compiler/std/std.h
$(BUILD)/templates.o: compiler/templates/templates.h compiler/std/std.h

$(BUILD)/std.o $(BUILD)/templates.o $(BUILD)/runtime_files.o: $(BUILD)/%.o: $(BUILD)/%.c
	$(SAY) "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(COMPILER_FLAGS) -c -o $@ $<

$(BUILD)/f32/runtime/%.o: runtime/%.c | $(BUILD)/deps.ok
	@mkdir -p $(@D)
	$(SAY) "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(RUNTIME_FLAGS) -c -o $@ $<

$(BUILD)/f64/runtime/%.o: runtime/%.c | $(BUILD)/deps.ok
	@mkdir -p $(@D)
	$(SAY) "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(RUNTIME_FLAGS) -DGENC_F64 -c -o $@ $<

$(BUILD)/libgenrt_f32.a: $(RUNTIME_F32)
	@rm -f $@
	$(SAY) "  AR   $@"
	$(Q)ar rcs $@ $^

$(BUILD)/libgenrt_f64.a: $(RUNTIME_F64)
	@rm -f $@
	$(SAY) "  AR   $@"
	$(Q)ar rcs $@ $^

# ---- tests: every driver ends with a line "N passed, N failed"; tests/all.sh adds them up ----

UNIT_SOURCES := $(wildcard tests/unit/*.c)
UNIT_TESTS   := $(UNIT_SOURCES:tests/%.c=$(BUILD)/tests/%)
FUZZ_TESTS   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/*.c))
CHECK_LIBS    = $$(pkg-config --libs check)
RUNTIME_NEEDS = $$(pkg-config --libs openblas 2>/dev/null || echo -lopenblas) -lpng -lsndfile -lz -lm

$(BUILD)/tests/unit/%: tests/unit/%.c $(COMPILER_PARTS) $(RUNTIME_LIBS)
	@mkdir -p $(@D)
	$(SAY) "  TEST $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(COMPILER_FLAGS) -fopenmp -o $@ $< $(COMPILER_PARTS) \
	    $(BUILD)/libgenrt_f64.a $(CHECK_LIBS) $(COMPILER_LIBS) $(RUNTIME_NEEDS)

$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(COMPILER_PARTS)
	@mkdir -p $(@D)
	$(SAY) "  TEST $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(COMPILER_FLAGS) -o $@ $< $(COMPILER_PARTS) $(COMPILER_LIBS)

check: all $(UNIT_TESTS) $(FUZZ_TESTS)
	@GENC=$(CURDIR)/$(GENC) BUILD=$(CURDIR)/$(BUILD) tests/all.sh

check-full: all $(UNIT_TESTS) $(FUZZ_TESTS)
	@GENC=$(CURDIR)/$(GENC) BUILD=$(CURDIR)/$(BUILD) FULL=1 tests/all.sh

check-sanitize:
	@$(MAKE) --no-print-directory check BUILD=build-asan GENC=build-asan/genc OPTIMISE="-O1 -g" \
	    SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"

promote: all
	@GENC=$(CURDIR)/$(GENC) BUILD=$(CURDIR)/$(BUILD) PROMOTE=1 tests/spec/run.sh
	@GENC=$(CURDIR)/$(GENC) BUILD=$(CURDIR)/$(BUILD) PROMOTE=1 tests/explain/run.sh
	@GENC=$(CURDIR)/$(GENC) BUILD=$(CURDIR)/$(BUILD) PROMOTE=1 tests/diff/run.sh
	@GENC=$(CURDIR)/$(GENC) PROMOTE=1 tests/graph/run.sh
	@GENC=$(CURDIR)/$(GENC) PROMOTE=1 tests/lsp/run.sh

bench: all
	@GENC=$(CURDIR)/$(GENC) BUILD=$(CURDIR)/$(BUILD) tests/bench/run.sh $(WORKLOADS)

# Twenty seconds of training end as with Ctrl-C: after a whole step, with a checkpoint.
DEMO_SECONDS ?= 20

demo: all
	@./$(GENC) build specs/vae.gen -o $(BUILD)/vae
	@rm -rf runs/demo
	@timeout --foreground -s INT $(DEMO_SECONDS) $(BUILD)/vae train --out runs/demo; \
	    status=$$?; [ $$status -eq 0 ] || [ $$status -eq 124 ] || [ $$status -eq 130 ]
	@$(BUILD)/vae sample prior -n 64 --from runs/demo/checkpoint.safetensors -o runs/demo/prior.png
	@$(BUILD)/vae sample reconstruct -n 32 --from runs/demo/checkpoint.safetensors \
	    -o runs/demo/reconstruct.png
	@echo "drawn by the model:  runs/demo/prior.png"
	@echo "rebuilt by it:       runs/demo/reconstruct.png"
	@echo "the run on one page: runs/demo/report.html"

# ---- the rest ----

BIN        := $(DESTDIR)$(PREFIX)/bin
LIBRARY    := $(DESTDIR)$(PREFIX)/lib/genc
MANUAL     := $(DESTDIR)$(PREFIX)/share/man/man1
COMPLETION := $(DESTDIR)$(PREFIX)/share/bash-completion/completions

install: all
	install -d "$(BIN)" "$(LIBRARY)" "$(MANUAL)" "$(COMPLETION)"
	install -m 755 $(GENC) "$(BIN)/genc"
	install -m 644 $(RUNTIME_LIBS) $(wildcard runtime/*.h) "$(LIBRARY)"
	install -m 644 compiler/genc.1 "$(MANUAL)/genc.1"
	install -m 644 compiler/genc.bash "$(COMPLETION)/genc"

uninstall:
	rm -f "$(BIN)/genc" "$(MANUAL)/genc.1" "$(COMPLETION)/genc"
	rm -rf "$(LIBRARY)"

clean:
	rm -rf build build-asan genc

format:
	clang-format -i $(COMPILER_SOURCES) $(wildcard compiler/*.h compiler/*/*.h) $(RUNTIME_SOURCES) \
	    $(wildcard runtime/*.h) $(UNIT_SOURCES)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
