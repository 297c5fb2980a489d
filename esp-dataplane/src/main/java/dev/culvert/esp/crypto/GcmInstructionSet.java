package dev.culvert.esp.crypto;

import java.util.List;
import java.util.Set;

/**
 * The builds of AES-GCM in libipsec-mb, fastest first. Those for SSE are left out: some of them
 * stand in for a CPU without AES instructions and do not run in constant time.
 */
enum GcmInstructionSet {
    VAES_AVX512(
            "avx512f",
            "avx512dq",
            "avx512cd",
            "avx512bw",
            "avx512vl",
            "avx512ifma",
            "bmi2",
            "gfni",
            "vaes",
            "vpclmulqdq"),
    /** Only in version 2. */
    VAES_AVX2("avx2", "bmi2", "gfni", "vaes", "vpclmulqdq"),
    AVX512("avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl", "bmi2"),
    AVX_GEN4("avx2", "bmi2");

    private final List<String> flags;

    GcmInstructionSet(String... flags) {
        this.flags = List.of(flags);
    }

    /**
     * Whether a CPU can run it.
     *
     * @param cpuFlags as in {@code /proc/cpuinfo}, where the kernel leaves out what it does not
     *     support itself
     */
    boolean runsOn(Set<String> cpuFlags) {
        return cpuFlags.contains("aes")
                && cpuFlags.contains("pclmulqdq")
                && cpuFlags.containsAll(flags);
    }

    /** As it ends the names of the library's functions. */
    String suffix() {
        return switch (this) {
            case VAES_AVX512 -> "vaes_avx512";
            case VAES_AVX2 -> "vaes_avx2";
            case AVX512 -> "avx512";
            case AVX_GEN4 -> "avx_gen4";
        };
    }
}
