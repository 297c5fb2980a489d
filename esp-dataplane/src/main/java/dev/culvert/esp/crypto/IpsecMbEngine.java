package dev.culvert.esp.crypto;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What this host's libipsec-mb can do for us, chosen and tested.
 *
 * @param name for status, such as {@code libipsec-mb 1.3.0 (vaes_avx512)}
 * @param functions of AES-GCM, one for each key length
 * @param jobs where ChaCha20-Poly1305 comes from; empty when it cannot be used
 * @param lacking why it cannot be used; empty when it can
 */
record IpsecMbEngine(
        String name,
        List<IpsecMbGcm> functions,
        Optional<IpsecMbLibrary> jobs,
        Optional<String> lacking) {

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

    /**
     * Looks on this host.
     *
     * @param file the library; empty to look where libraries are
     */
    static Probe probe(Optional<Path> file) {
        return probe(
                System.getProperty("os.arch"),
                IpsecMbLibrary.cpuFlags(),
                file.map(List::of).orElseGet(IpsecMbLibrary::usualPlaces));
    }

    /**
     * Looks for the library, and in it for the fastest functions that the CPU can run and that
     * answer well.
     *
     * @param arch the JDK's name of the architecture
     * @param cpuFlags as in {@code /proc/cpuinfo}
     * @param files where the library may be
     */
    static Probe probe(String arch, Set<String> cpuFlags, List<Path> files) {
        // Before anything is loaded: elsewhere functions of the same names take other arguments.
        if (!arch.equals("amd64")) {
            return new Probe.Unusable("libipsec-mb is used on x86-64 only, not on " + arch);
        }
        if (!GcmInstructionSet.AVX_GEN4.runsOn(cpuFlags)) {
            return new Probe.Unusable("the CPU lacks AES instructions, AVX2 or BMI2");
        }
        return switch (IpsecMbLibrary.load(files)) {
            case IpsecMbLibrary.Load.Loaded(IpsecMbLibrary library) -> choose(library, cpuFlags);
            case IpsecMbLibrary.Load.Failed(String reason) -> new Probe.Unusable(reason);
        };
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
                    functions.stream().flatMap(gcm -> failure(gcm).stream()).toList();
            if (wrong.isEmpty()) {
                return new Probe.Usable(
                        withChaCha20(name + " (" + set.suffix() + ")", functions, library));
            }
            failures.addAll(wrong);
        }
        return new Probe.Unusable(
                failures.isEmpty()
                        ? name + " has no AES-GCM for this CPU"
                        : name + " failed its test: " + String.join("; ", failures));
    }

    private static IpsecMbEngine withChaCha20(
            String name, List<IpsecMbGcm> functions, IpsecMbLibrary library) {
        final Optional<String> lacking =
                library.chaCha20()
                        .map(IpsecMbEngine::failureBeforeUse)
                        .orElse(Optional.of("this version has no ChaCha20-Poly1305 for us"));
        return new IpsecMbEngine(
                name,
                functions,
                lacking.isEmpty() ? Optional.of(library) : Optional.empty(),
                lacking);
    }

    private static Optional<String> failureBeforeUse(IpsecMbChaCha20 chaCha20) {
        try {
            return failure(chaCha20);
        } finally {
            chaCha20.free();
        }
    }

    private static Optional<String> failure(NativeAead aead) {
        return AeadSelfTest.failure(aead).map(why -> aead + " " + why);
    }

    /** The functions of all key lengths; empty when the library lacks one of them. */
    static List<IpsecMbGcm> functions(IpsecMbLibrary library, GcmInstructionSet set) {
        final List<IpsecMbGcm> functions =
                KEY_BYTES.stream().flatMap(bytes -> library.gcm(set, bytes).stream()).toList();
        return functions.size() == KEY_BYTES.size() ? functions : List.of();
    }

    /** AES-GCM for a key length; empty when it is none of AES. */
    Optional<IpsecMbGcm> gcm(int keyBytes) {
        return functions.stream().filter(gcm -> gcm.keyBytes() == keyBytes).findFirst();
    }

    /** ChaCha20-Poly1305 for one thread: takes some milliseconds. Empty when it cannot be used. */
    Optional<IpsecMbChaCha20> chaCha20() {
        return jobs.flatMap(IpsecMbLibrary::chaCha20);
    }
}
