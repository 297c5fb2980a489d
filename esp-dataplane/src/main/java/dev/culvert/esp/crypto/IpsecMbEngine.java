package dev.culvert.esp.crypto;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What this host's libipsec-mb can do for us, chosen and tested.
 *
 * @param name for status, such as {@code libipsec-mb 1.3.0 (vaes_avx512)}
 * @param functions one for each key length
 */
record IpsecMbEngine(String name, List<IpsecMbGcm> functions) {

    private static final String INSTALL =
            "apt install libipsec-mb1, or libipsec-mb2 on Debian 13 and later";
    private static final List<Integer> KEY_BYTES = List.of(16, 24, 32);

    IpsecMbEngine {
        functions = List.copyOf(functions);
    }

    /** Result of looking for the library. */
    sealed interface Probe {

        /** The library is there, and its answers are right. */
        record Usable(IpsecMbEngine engine) implements Probe {}

        /**
         * It cannot be used.
         *
         * @param reason and, where there is one, the remedy
         */
        record Unusable(String reason) implements Probe {}
    }

    /** Looks on this host. */
    static Probe probe() {
        return probe(
                System.getProperty("os.arch"),
                IpsecMbLibrary.cpuFlags(),
                IpsecMbLibrary.FILE_NAMES);
    }

    /**
     * Looks for the library, and in it for the fastest functions that the CPU can run and that
     * answer well.
     *
     * @param arch the JDK's name of the architecture
     * @param cpuFlags as in {@code /proc/cpuinfo}
     * @param fileNames of the library
     */
    static Probe probe(String arch, Set<String> cpuFlags, List<String> fileNames) {
        // Before anything is loaded: elsewhere functions of the same names take other arguments.
        if (!arch.equals("amd64")) {
            return new Probe.Unusable("libipsec-mb is used on x86-64 only, not on " + arch);
        }
        if (!GcmInstructionSet.AVX_GEN4.runsOn(cpuFlags)) {
            return new Probe.Unusable("the CPU lacks AES instructions, AVX2 or BMI2");
        }
        return IpsecMbLibrary.load(fileNames)
                .map(library -> choose(library, cpuFlags))
                .orElseGet(() -> new Probe.Unusable("libipsec-mb not found: " + INSTALL));
    }

    private static Probe choose(IpsecMbLibrary library, Set<String> cpuFlags) {
        final String name = "libipsec-mb " + library.version();
        final List<String> failures = new ArrayList<>();
        for (final GcmInstructionSet set : GcmInstructionSet.values()) {
            final List<IpsecMbGcm> functions =
                    set.runsOn(cpuFlags) ? functions(library, set) : List.of();
            if (functions.isEmpty()) {
                continue;
            }
            final List<String> wrong =
                    functions.stream()
                            .flatMap(gcm ->
                                    GcmSelfTest.failure(gcm).stream().map(why -> gcm + " " + why))
                            .toList();
            if (wrong.isEmpty()) {
                return new Probe.Usable(
                        new IpsecMbEngine(name + " (" + set.suffix() + ")", functions));
            }
            failures.addAll(wrong);
        }
        return new Probe.Unusable(
                failures.isEmpty()
                        ? name + " has no AES-GCM for this CPU"
                        : name + " failed its test: " + String.join("; ", failures));
    }

    /** The functions of all key lengths; empty when the library lacks one of them. */
    static List<IpsecMbGcm> functions(IpsecMbLibrary library, GcmInstructionSet set) {
        final List<IpsecMbGcm> functions =
                KEY_BYTES.stream().flatMap(bytes -> library.gcm(set, bytes).stream()).toList();
        return functions.size() == KEY_BYTES.size() ? functions : List.of();
    }

    /** The functions for a key length; empty when it is none of AES. */
    Optional<IpsecMbGcm> gcm(int keyBytes) {
        return functions.stream().filter(gcm -> gcm.keyBytes() == keyBytes).findFirst();
    }
}
