package dev.culvert.esp.crypto;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The shared library of intel-ipsec-mb, once it is loaded; it stays so. */
final class IpsecMbLibrary {

    /** As the dynamic linker knows the versions whose functions we know, newest first. */
    static final List<String> FILE_NAMES = List.of("libIPSec_MB.so.2", "libIPSec_MB.so.1");

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private final SymbolLookup symbols;

    private IpsecMbLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /**
     * Loads it. Only to be called on x86-64.
     *
     * @param fileNames tried in turn
     * @return empty when the host has none of them
     */
    static Optional<IpsecMbLibrary> load(List<String> fileNames) {
        return fileNames.stream().flatMap(fileName -> lookup(fileName).stream()).findFirst();
    }

    @SuppressWarnings("restricted")
    private static Optional<IpsecMbLibrary> lookup(String fileName) {
        try {
            return Optional.of(
                    new IpsecMbLibrary(SymbolLookup.libraryLookup(fileName, Arena.global())));
        } catch (IllegalArgumentException e) {
            // Not there, or not to be loaded: there is no way to ask beforehand.
            return Optional.empty();
        }
    }

    /** Flags of this host's CPU; empty where they cannot be read. */
    static Set<String> cpuFlags() {
        try (Stream<String> lines = Files.lines(CPU_INFO)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split(" +")))
                    .orElse(Set.of());
        } catch (IOException e) {
            return Set.of();
        }
    }

    /** Such as {@code 1.3.0}. */
    String version() {
        return symbols.find("imb_get_version").map(IpsecMbLibrary::version).orElse("unknown");
    }

    @SuppressWarnings("restricted")
    private static String version(MemorySegment function) {
        try {
            final int packed =
                    (int)
                            Linker.nativeLinker()
                                    .downcallHandle(function, FunctionDescriptor.of(JAVA_INT))
                                    .invokeExact();
            return (packed >>> 16 & 0xFF) + "." + (packed >>> 8 & 0xFF) + "." + (packed & 0xFF);
        } catch (Throwable e) {
            throw new AssertionError("a function in C throws nothing", e);
        }
    }

    /**
     * The functions for an instruction set and a key length.
     *
     * @param keyBytes 16, 24 or 32
     * @return empty when this version lacks them
     */
    Optional<IpsecMbGcm> gcm(GcmInstructionSet set, int keyBytes) {
        final String end = "_" + keyBytes * 8 + "_" + set.suffix();
        return symbols.find("aes_gcm_pre" + end)
                .flatMap(expand ->
                        symbols.find("aes_gcm_enc" + end)
                                .flatMap(seal ->
                                        symbols.find("aes_gcm_dec" + end)
                                                .map(open ->
                                                        new IpsecMbGcm(
                                                                set, keyBytes, expand, seal,
                                                                open))));
    }
}
