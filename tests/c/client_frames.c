/* For a compiler whose OpenMP has a static part: client_frames ROUNDS. Each round is a parallel region with four barriers. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1, done = 0;
    for (long r = 0; r < rounds; r++) {
#pragma omp parallel num_threads(2)
        {
#pragma omp for reduction(+ : done)
            for (int i = 0; i < 1000; i++)
                done++;
#pragma omp single
            done++;
        }
    }
    printf("%ld\n", done);
    return 0;
}
