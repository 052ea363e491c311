# What genc is built with, and how each system calls it. `make deps` installs what is missing;
# every other target only looks once, and stops with the line to paste.

PACKAGES_apt-get := flex bison pkg-config libopenblas-openmp-dev libpng-dev libsndfile1-dev zlib1g-dev \
                    libcjson-dev libjsmn-dev check valgrind
PACKAGES_dnf     := flex bison pkgconf-pkg-config openblas-devel libpng-devel libsndfile-devel zlib-devel \
                    cjson-devel jsmn-devel check-devel valgrind
PACKAGES_pacman  := flex bison pkgconf openblas libpng libsndfile zlib cjson jsmn check valgrind
PACKAGES_apk     := flex bison pkgconf openblas-dev libpng-dev libsndfile-dev zlib-dev cjson-dev jsmn-dev check-dev
PACKAGES_brew    := flex bison pkg-config openblas libpng libsndfile zlib cjson jsmn check

UPDATE_apt-get  := apt-get update -q
INSTALL_apt-get := apt-get install -q -y --no-install-recommends
INSTALL_dnf     := dnf install -y
INSTALL_pacman  := pacman -S --needed --noconfirm
INSTALL_apk     := apk add
INSTALL_brew    := brew install

MANAGER  = $(firstword $(foreach m,apt-get dnf pacman apk brew,$(if $(shell command -v $(m)),$(m))))
SUDO     = $(if $(filter brew,$(MANAGER)),,$(if $(filter 0,$(shell id -u)),,sudo ))
UPDATE   = $(if $(UPDATE_$(MANAGER)),$(SUDO)$(UPDATE_$(MANAGER)) && )
INSTALL  = $(UPDATE)$(SUDO)$(INSTALL_$(MANAGER)) $(PACKAGES_$(MANAGER))

TOOLS_NEEDED   := flex bison pkg-config
HEADERS_NEEDED := cblas.h png.h sndfile.h zlib.h cjson/cJSON.h jsmn.h check.h

find_missing = for tool in $(TOOLS_NEEDED); do \
        command -v $$tool >/dev/null 2>&1 || printf '%s ' $$tool; \
    done; \
    for header in $(HEADERS_NEEDED); do \
        printf '\043include <stdio.h>\n\043include <%s>\n' $$header \
            | $(CC) $$(pkg-config --cflags openblas 2>/dev/null) -E -x c - >/dev/null 2>&1 \
            || printf '%s ' $$header; \
    done

# make deps all -j2: nothing starts before what is missing is there.
$(BUILD)/deps.ok: deps.mk | $(filter deps,$(MAKECMDGOALS))
	@missing=$$($(find_missing)); if [ -n "$$missing" ]; then \
	    echo "genc needs what this machine lacks: $$missing"; \
	    echo "To install it:  make deps"; \
	    $(if $(MANAGER),echo "which runs:     $(INSTALL)";) \
	    exit 1; \
	fi
	@mkdir -p $(@D) && touch $@

deps:
	@missing=$$($(find_missing)); if [ -z "$$missing" ]; then \
	    echo "everything genc needs is there"; \
	elif [ -z "$(MANAGER)" ]; then \
	    echo "no package manager known here; please install: $$missing"; exit 1; \
	else \
	    echo "missing: $$missing"; echo "$(INSTALL)"; $(INSTALL); \
	fi
