#include "counter.h"

#include "arguments.h"
#include "compat.h"
#include "docs_types.h"
#include "domain.h"
#include "text.h"
#include "thread.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SHARED_MAX = 4096 };

/* What the Counters of one domain, name and type have in common; like a domain it lives as long as the process. ITT
 * adds whole numbers only, so the value of a float counter is kept here. */
struct shared {
    struct shared *next;
    const __itt_domain *domain;
    __itt_metadata_type type;
    _Atomic(__itt_counter) counter; /* NULL until a collector wants it */
    _Atomic double value;
    const char *unit;
    int alone; /* one of too many: only its Counter's */
    char name[];
};

static _Atomic(struct shared *) all;

/* An itt.Counter. */
struct counter {
    PyObject_HEAD struct shared *shared;
    PyObject *name;
    PyObject *domain;
    PyObject *unit;
};

/* ---- Types ---- */

static const struct {
    const char *name;
    long long least;
    unsigned long long most;
} kinds[] = {
    [__itt_metadata_u64] = {"u64", 0, UINT64_MAX}, [__itt_metadata_s64] = {"s64", INT64_MIN, INT64_MAX},
    [__itt_metadata_u32] = {"u32", 0, UINT32_MAX}, [__itt_metadata_s32] = {"s32", INT32_MIN, INT32_MAX},
    [__itt_metadata_u16] = {"u16", 0, UINT16_MAX}, [__itt_metadata_s16] = {"s16", INT16_MIN, INT16_MAX},
    [__itt_metadata_float] = {"float", 0, 0},      [__itt_metadata_double] = {"double", 0, 0},
};

union value {
    unsigned long long u64;
    long long s64;
    uint32_t u32;
    int32_t s32;
    uint16_t u16;
    int16_t s16;
    float f;
    double d;
};

static int is_float(__itt_metadata_type type)
{
    return type == __itt_metadata_float || type == __itt_metadata_double;
}

static int type_argument(PyObject *value, __itt_metadata_type *type)
{
    *type = __itt_metadata_unknown;
    if (!value || value == Py_None || value == (PyObject *)&PyLong_Type)
        *type = __itt_metadata_s64;
    else if (value == (PyObject *)&PyFloat_Type)
        *type = __itt_metadata_double;
    else if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "Counter() argument 'type' must be int, float or a str, not %.200s",
                     PyType_Check(value) ? ((PyTypeObject *)value)->tp_name : Py_TYPE(value)->tp_name);
        return -1;
    }
    for (int i = __itt_metadata_u64; *type == __itt_metadata_unknown && i <= __itt_metadata_double; i++)
        if (PyUnicode_CompareWithASCIIString(value, kinds[i].name) == 0)
            *type = (__itt_metadata_type)i;
    if (*type != __itt_metadata_unknown)
        return 0;
    PyErr_Format(PyExc_ValueError,
                 "Counter() argument 'type' must be int, float, 'u64', 's64', 'u32', 's32', 'u16', 's16', "
                 "'float' or 'double', not %R",
                 value);
    return -1;
}

static int refuse_range(const char *function, const char *argument, __itt_metadata_type type)
{
    PyErr_Format(PyExc_ValueError, "%s() argument '%s' is out of range: the counter's type is %s", function,
                 argument, kinds[type].name);
    return -1;
}

static int float_argument(PyObject *object, __itt_metadata_type type, const char *function,
                          const char *argument, double *number)
{
    const PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;
    if (!methods || (!methods->nb_float && !methods->nb_index)) {
        PyErr_Format(PyExc_TypeError, "%s() argument '%s' must be a number, not %.200s", function, argument,
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    *number = PyFloat_AsDouble(object);
    if (*number == -1.0 && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_OverflowError))
            return -1;
        PyErr_Clear();
        return refuse_range(function, argument, type);
    }
    if (type == __itt_metadata_float && isfinite(*number) && fabs(*number) > FLT_MAX)
        return refuse_range(function, argument, type);
    return 0;
}

/* An int: its sign, and its size, which must fit into 64 bits. */
static int int_argument(PyObject *object, __itt_metadata_type type, const char *function,
                        const char *argument, int *negative, unsigned long long *size)
{
    if (!PyIndex_Check(object)) {
        PyErr_Format(PyExc_TypeError,
                     "%s() argument '%s' must be an int, as the counter's type is %s, not %.200s", function,
                     argument, kinds[type].name, Py_TYPE(object)->tp_name);
        return -1;
    }
    PyObject *number = PyNumber_Index(object);
    if (!number)
        return -1;
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(number, &overflow);
    *negative = overflow ? overflow < 0 : small < 0;
    *size = *negative ? 0 - (unsigned long long)small : (unsigned long long)small;
    if (overflow < 0)
        Py_SETREF(number, PyNumber_Negative(number));
    if (overflow && number)
        *size = PyLong_AsUnsignedLongLong(number);
    Py_XDECREF(number);
    if (!PyErr_Occurred())
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_OverflowError))
        return -1;
    PyErr_Clear();
    return refuse_range(function, argument, type);
}

static void value_of_double(union value *value, __itt_metadata_type type, double number)
{
    if (type == __itt_metadata_float)
        value->f = (float)number;
    else
        value->d = number;
}

/* The argument of set(), laid out as the type wants it. */
static int value_argument(PyObject *object, __itt_metadata_type type, union value *value, double *number)
{
    const char *function = "set";
    int negative;
    unsigned long long size;
    if (is_float(type)) {
        if (float_argument(object, type, function, "value", number) < 0)
            return -1;
        value_of_double(value, type, *number);
        return 0;
    }
    if (int_argument(object, type, function, "value", &negative, &size) < 0)
        return -1;
    if (negative ? size > 0 - (unsigned long long)kinds[type].least : size > kinds[type].most)
        return refuse_range(function, "value", type);
    unsigned long long bits = negative ? 0 - size : size;
    if (type == __itt_metadata_u64 || type == __itt_metadata_s64)
        value->u64 = bits;
    else if (type == __itt_metadata_u32 || type == __itt_metadata_s32)
        value->u32 = (uint32_t)bits;
    else
        value->u16 = (uint16_t)bits;
    return 0;
}

/* ---- What Counters share ---- */

static struct shared *shared_find(struct shared *first, const struct shared *wanted, int *count)
{
    *count = 0;
    for (struct shared *one = first; one; one = one->next, ++*count)
        if (one->domain == wanted->domain && one->type == wanted->type &&
            strcmp(one->name, wanted->name) == 0)
            return one;
    return NULL;
}

static struct shared *shared_make(const __itt_domain *domain, const struct text *name,
                                  __itt_metadata_type type, const struct text *unit)
{
    size_t name_size = (size_t)name->size + 1;
    size_t unit_size = unit->bytes ? (size_t)unit->size + 1 : 0;
    struct shared *made = calloc(1, sizeof *made + name_size + unit_size);
    if (!made)
        return NULL;
    made->domain = domain;
    made->type = type;
    memcpy(made->name, name->bytes, name_size);
    if (unit_size)
        made->unit = memcpy(made->name + name_size, unit->bytes, unit_size);
    return made;
}

/* Of too many, each Counter has its own: memory stays bounded. */
static struct shared *shared_get(const __itt_domain *domain, const struct text *name,
                                 __itt_metadata_type type, const struct text *unit)
{
    struct shared *made = shared_make(domain, name, type, unit);
    struct shared *first = atomic_load_explicit(&all, memory_order_acquire);
    int count;
    if (!made)
        return NULL;
    do {
        struct shared *found = shared_find(first, made, &count);
        if (found) {
            free(made);
            return found;
        }
        if (count >= SHARED_MAX) {
            made->alone = 1;
            return made;
        }
        made->next = first;
    } while (!atomic_compare_exchange_weak_explicit(&all, &first, made, memory_order_release,
                                                    memory_order_acquire));
    return made;
}

static int is_on(const struct shared *shared)
{
    return domain_is_on(shared->domain) && (__itt_counter_set_value_v3_ptr || __itt_counter_set_value_ptr);
}

/* The collector's counter. What the collector makes for the same name is the same one, should two threads ask. */
static __itt_counter shared_counter(struct shared *shared)
{
    __itt_counter counter = atomic_load_explicit(&shared->counter, memory_order_acquire);
    if (counter)
        return counter;
    if (__itt_counter_set_value_v3_ptr) /* of a pair, a collector has both; a static part, always the first */
        counter = __itt_counter_create_v3(shared->domain, shared->name, shared->type);
    else
        counter = __itt_counter_create_typed(shared->name, shared->domain->nameA, shared->type);
    if (counter && shared->unit) {
        __itt_context_metadata unit = {__itt_context_unitsA, (void *)(uintptr_t)shared->unit};
        __itt_bind_context_metadata_to_counter(counter, 1, &unit);
    }
    atomic_store_explicit(&shared->counter, counter, memory_order_release);
    return counter;
}

static void shared_set(struct shared *shared, union value *value)
{
    __itt_counter counter = shared_counter(shared);
    if (!counter)
        return;
    if (__itt_counter_set_value_v3_ptr)
        __itt_counter_set_value_v3(counter, value);
    else
        __itt_counter_set_value(counter, value);
}

static void shared_add_float(struct shared *shared, double delta)
{
    double old = atomic_load(&shared->value);
    union value value;
    while (!atomic_compare_exchange_weak(&shared->value, &old, old + delta))
        ;
    value_of_double(&value, shared->type, old + delta);
    shared_set(shared, &value);
}

static void shared_add_int(struct shared *shared, int down, unsigned long long size)
{
    __itt_counter counter = shared_counter(shared);
    if (!counter)
        return;
    if (down)
        __itt_counter_dec_delta(counter, size);
    else
        __itt_counter_inc_delta(counter, size);
}

/* ---- The type ---- */

static PyObject *counter_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"", "domain", "type", "unit", NULL};
    PyObject *name;
    PyObject *domain_value = NULL;
    PyObject *type_value = NULL;
    PyObject *unit = Py_None;
    const __itt_domain *domain;
    __itt_metadata_type kind;
    struct text text;
    struct text unit_text = {NULL, 0, NULL};
    struct state *state = PyType_GetModuleState(type);
    if (!state ||
        !PyArg_ParseTupleAndKeywords(args, keywords, "O|$OOO:Counter", names, &name, &domain_value,
                                     &type_value, &unit) ||
        text_check(name, "Counter", "name") < 0 || type_argument(type_value, &kind) < 0 ||
        (unit != Py_None && text_check(unit, "Counter", "unit") < 0) ||
        !(domain = domain_argument_any(state, domain_value, "Counter")) || text_open(&text, name) < 0)
        return NULL;
    struct counter *self = NULL;
    if (unit != Py_None && text_open(&unit_text, unit) < 0)
        goto done;
    self = (struct counter *)type->tp_alloc(type, 0);
    if (!self)
        goto done;
    self->name = PyUnicode_FromObject(name);
    self->unit = unit == Py_None ? Py_NewRef(unit) : PyUnicode_FromObject(unit);
    self->domain = domain_value && Py_TYPE(domain_value)->tp_dealloc == domain_dealloc
                       ? Py_NewRef(domain_value)
                       : domain_object(state, domain);
    if (self->name && self->unit && self->domain) {
        self->shared = shared_get(domain, &text, kind, &unit_text);
        if (!self->shared)
            PyErr_NoMemory();
    }
    if (!self->shared)
        Py_CLEAR(self);
done:
    text_close(&text);
    text_close(&unit_text);
    return (PyObject *)self;
}

static void counter_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    struct counter *self = (struct counter *)object;
    Py_CLEAR(self->name);
    Py_CLEAR(self->domain);
    Py_CLEAR(self->unit);
    if (self->shared && self->shared->alone)
        free(self->shared);
    type->tp_free(object);
    Py_DECREF(type);
}

static void introduce(PyObject *self)
{
    struct state *state = state_of_object(self);
    if (state)
        thread_introduce(state);
}

static PyObject *counter_set(PyObject *self, PyObject *object)
{
    struct shared *shared = ((struct counter *)self)->shared;
    union value value;
    double number = 0;
    if (value_argument(object, shared->type, &value, &number) < 0)
        return NULL;
    if (is_on(shared)) {
        introduce(self);
        if (is_float(shared->type))
            atomic_store(&shared->value, number);
        shared_set(shared, &value);
    }
    Py_RETURN_NONE;
}

static PyObject *counter_add(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames,
                             const struct signature *signature, int down)
{
    struct shared *shared = ((struct counter *)self)->shared;
    PyObject *delta = NULL;
    double number = 1;
    unsigned long long size = 1;
    int negative = 0;
    if (arguments_take(signature, args, count, kwnames, &delta) < 0)
        return NULL;
    if (count && delta) {
        PyErr_Format(PyExc_TypeError, "%s() got argument 'delta' twice", signature->function);
        return NULL;
    }
    if (count)
        delta = args[0];
    if (delta && is_float(shared->type)) {
        if (float_argument(delta, shared->type, signature->function, "delta", &number) < 0)
            return NULL;
    } else if (delta &&
               int_argument(delta, shared->type, signature->function, "delta", &negative, &size) < 0) {
        return NULL;
    }
    if (!is_on(shared))
        Py_RETURN_NONE;
    introduce(self);
    if (is_float(shared->type))
        shared_add_float(shared, down ? -number : number);
    else
        shared_add_int(shared, down != negative, size);
    Py_RETURN_NONE;
}

static const char *const delta_keyword[] = {"delta", NULL};

static PyObject *counter_inc(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const struct signature signature = {"inc", "delta", 0, 1, delta_keyword, 0};
    return counter_add(self, args, count, kwnames, &signature, 0);
}

static PyObject *counter_dec(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const struct signature signature = {"dec", "delta", 0, 1, delta_keyword, 0};
    return counter_add(self, args, count, kwnames, &signature, 1);
}

static PyObject *counter_get(PyObject *object, void *closure)
{
    struct counter *self = (struct counter *)object;
    switch (*(const char *)closure) {
    case 'n':
        return Py_NewRef(self->name);
    case 'd':
        return Py_NewRef(self->domain);
    case 'u':
        return Py_NewRef(self->unit);
    default:
        return PyUnicode_FromString(kinds[self->shared->type].name);
    }
}

static PyObject *counter_repr(PyObject *object)
{
    struct counter *self = (struct counter *)object;
    return PyUnicode_FromFormat("<itt.Counter %R of type %s>", self->name, kinds[self->shared->type].name);
}

static PyGetSetDef counter_attributes[] = {
    {"name", counter_get, NULL, "The name that it was made with.", "n"},
    {"domain", counter_get, NULL, "The Domain that it belongs to.", "d"},
    {"type", counter_get, NULL, "The type of its values: \"u64\", \"s64\" ... \"double\".", "t"},
    {"unit", counter_get, NULL, "The unit of its values, or None.", "u"},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef counter_methods[] = {
    {"set", counter_set, METH_O, doc_counter_set},
    {"inc", FASTCALL(counter_inc), METH_FASTCALL | METH_KEYWORDS, doc_counter_inc},
    {"dec", FASTCALL(counter_dec), METH_FASTCALL | METH_KEYWORDS, doc_counter_dec},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot counter_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t)doc_counter},
    {Py_tp_new, SLOT(counter_new)},
    {Py_tp_dealloc, SLOT(counter_dealloc)},
    {Py_tp_repr, SLOT(counter_repr)},
    {Py_tp_getset, counter_attributes},
    {Py_tp_methods, counter_methods},
    {0, NULL},
};

PyType_Spec counter_spec = {
    .name = "itt.Counter",
    .basicsize = sizeof(struct counter),
    .flags = Py_TPFLAGS_DEFAULT | TYPE_IMMUTABLE,
    .slots = counter_slots,
};
