/*
 * For compilers without libFuzzer: main(SEED ROUNDS FILE...), which spoils each file in another way each round,
 * and then calls fuzz_report().
 */
#ifndef ITT_TEST_FUZZ_SPOIL_H
#define ITT_TEST_FUZZ_SPOIL_H

static uint64_t state;

static uint64_t any(uint64_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return below != 0 ? (state >> 20) % below : 0;
}

static void spoil(uint8_t *data, size_t *size)
{
    size_t at = any(*size), length = any(any(4) == 0 ? *size - at : 64) % (*size - at + 1),
           from = any(*size - length + 1);
    switch (any(9)) {
    case 0:
        data[at] ^= (uint8_t)(1u << any(8));
        break;
    case 1:
        data[at] = (uint8_t)any(256);
        break;
    case 2:
        memset(data + at, 0, length);
        break;
    case 3:
        memset(data + at, 0xff, length);
        break;
    case 4:
        memmove(data + at, data + from, length);
        break;
    case 5:
        *size = at + 1;
        break;
    case 6:
        for (size_t i = 0; i < length; i++)
            data[at + i] = (uint8_t)any(256);
        break;
    case 7: /* a packet's length, an event's type, a track */
        for (; at < *size && data[at] != 0x0a && data[at] != 0x5a && data[at] != 0x58; at++)
            ;
        if (at + 1 < *size)
            data[at + 1] = (uint8_t)any(256);
        break;
    case 8: /* a whole unit over another */
        if (*size >= 3 * ITT_UNIT_SIZE)
            memmove(data + any(*size / ITT_UNIT_SIZE) * ITT_UNIT_SIZE,
                    data + any(*size / ITT_UNIT_SIZE) * ITT_UNIT_SIZE, ITT_UNIT_SIZE);
        break;
    }
}

int main(int count, char **arguments)
{
    for (int i = 3; i < count; i++) {
        FILE *file = fopen(arguments[i], "rb");
        if (file == NULL)
            return 2;
        fseek(file, 0, SEEK_END);
        const size_t whole = (size_t)ftell(file);
        uint8_t *original = malloc(whole), *data = malloc(whole);
        rewind(file);
        if (whole == 0 || original == NULL || data == NULL || fread(original, 1, whole, file) != whole)
            return 2;
        fclose(file);
        for (uint64_t round = 0; round < strtoull(arguments[2], NULL, 10); round++) {
            size_t size = whole;
            state = strtoull(arguments[1], NULL, 10) * 1000003 + round;
            memcpy(data, original, whole);
            for (uint64_t j = any(6) + 1; j > 0; j--)
                spoil(data, &size);
            LLVMFuzzerTestOneInput(data, size);
        }
        free(original);
        free(data);
    }
    fuzz_report();
    return 0;
}

#endif
