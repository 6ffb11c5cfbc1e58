# make            the static part and the collector, into build/lib
# make demo       a private environment, a real example recorded, its report
# make test       all tests, on the oldest and the newest Python found (make test-all: on each of them)
# make test-heavy only those that need large libraries, which make test installs, too, where it can
# make install    header, library, collector and pkg-config file for C programs: PREFIX= DESTDIR=
# make docs       docs/functions.md, from the tests
# make reliability    docs/reliability.md: kills, forks, threads, full disks, load
# make bench      what labels cost; make bench-baseline: also into bench/*.json and docs/performance.md
# make lint, make clean
#
# WERROR=1 turns on all warnings, as errors; SANITIZE=address,undefined or thread builds into build/asan, build/tsan.

PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
CFLAGS  ?= -O2 -g
PYTHON  ?= python3
VERSION := $(shell sed -n 's/^VERSION = "\(.*\)"/\1/p' setup.py)

ifeq ($(SANITIZE),)
BUILD ?= build
else
BUILD ?= build/$(if $(findstring thread,$(SANITIZE)),tsan,asan)
SANITIZE_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif

FLAGS := -std=c11 -fPIC -fvisibility=hidden -pthread -Iinclude -Isrc/trace $(SANITIZE_FLAGS)
FLAGS += $(if $(WERROR),-Wall -Wextra -Wpedantic -Werror)

# Never unloaded, and no lazy binding: it takes stack that a signal handler may not have.
COLLECTOR_LINK := -Wl,-z,nodelete -Wl,-z,now

STATIC_OBJECTS    := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(wildcard src/ittnotify/*.c))
COLLECTOR_OBJECTS := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(wildcard src/collector/*.c src/trace/*.c))
STATIC            := $(if $(STATIC_OBJECTS),$(BUILD)/lib/libittnotify.a)
COLLECTOR         := $(if $(wildcard src/collector/*.c),$(BUILD)/lib/libitt_collector.so)

all: $(STATIC) $(COLLECTOR)

ifneq ($(filter-out clean,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell printf '\043include <stdio.h>\n' | $(CC) -E - >/dev/null 2>&1 && echo works),works)
$(error no C compiler ($(CC)) with the headers of the C library: on Debian, apt install build-essential)
endif
endif

$(BUILD)/lib/libittnotify.a: $(STATIC_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/lib/libitt_collector.so: $(COLLECTOR_OBJECTS)
	@mkdir -p $(@D)
	$(CC) -shared $(FLAGS) $(CFLAGS) $(COLLECTOR_LINK) $(LDFLAGS) -o $@ $^ -ldl

# The collector's one pointer in TLS must cost neither a call nor memory of the program's.
$(COLLECTOR_OBJECTS): FLAGS += -ftls-model=initial-exec

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Another compiler or other flags: everything anew.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
	 echo '$(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' > $@

-include $(patsubst %.o,%.d,$(STATIC_OBJECTS) $(COLLECTOR_OBJECTS))

install: all
	install -d $(DESTDIR)$(PREFIX)/include/legacy $(DESTDIR)$(LIBDIR)/itt $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 include/*.h $(DESTDIR)$(PREFIX)/include
	install -m 644 include/legacy/*.h $(DESTDIR)$(PREFIX)/include/legacy
	install -m 644 $(BUILD)/lib/libittnotify.a $(DESTDIR)$(LIBDIR)
	install -m 755 $(BUILD)/lib/libitt_collector.so $(DESTDIR)$(LIBDIR)/itt
	printf '%s\n' \
	    'prefix=$(abspath $(PREFIX))' \
	    'libdir=$(abspath $(LIBDIR))' \
	    'collector=$${libdir}/itt/libitt_collector.so' '' \
	    'Name: ittnotify' \
	    'Description: Labels for VTune and other collectors, and a collector' \
	    'Version: $(VERSION)' \
	    'Cflags: -I$${prefix}/include' \
	    'Libs: -L$${libdir} -littnotify -ldl -pthread' \
	    > $(DESTDIR)$(LIBDIR)/pkgconfig/ittnotify.pc

demo docs reliability test test-all test-heavy lint bench:
	@command -v $(PYTHON) >/dev/null || \
	 { echo 'itt: no $(PYTHON): on Debian, apt install python3 python3-dev python3-venv' >&2; exit 1; }
	@$(PYTHON) tests/run.py $@ $(ARGS)

bench-baseline:
	@$(MAKE) --no-print-directory bench ARGS=--write

clean:
	rm -rf build .venv *.egg-info

FORCE:
.PHONY: all install demo docs reliability test test-all test-heavy lint bench bench-baseline clean FORCE
