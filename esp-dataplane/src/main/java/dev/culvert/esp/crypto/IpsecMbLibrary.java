package dev.culvert.esp.crypto;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The shared library of intel-ipsec-mb, once it is loaded; it stays so. */
final class IpsecMbLibrary {

    /** Names of the versions whose functions we know, newest first. */
    private static final List<String> FILE_NAMES = List.of("libIPSec_MB.so.2", "libIPSec_MB.so.1");

    /** Where distributions and "make install" put libraries. */
    private static final List<String> DIRECTORIES =
            List.of(
                    "/usr/local/lib",
                    "/usr/local/lib64",
                    "/usr/lib/x86_64-linux-gnu",
                    "/usr/lib64",
                    "/usr/lib");

    private static final String INSTALL =
            "apt install libipsec-mb1, or libipsec-mb2 on Debian 13 and later";
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final int JOBS_SINCE = 0x10300;

    private final SymbolLookup symbols;
    private final int packedVersion;

    /** Result of looking for the library. */
    sealed interface Load {

        /** It is there. */
        record Loaded(IpsecMbLibrary library) implements Load {}

        /**
         * It is not, or it cannot be used.
         *
         * @param reason and, where there is one, the remedy
         */
        record Failed(String reason) implements Load {}
    }

    private IpsecMbLibrary(SymbolLookup symbols, int packedVersion) {
        this.symbols = symbols;
        this.packedVersion = packedVersion;
    }

    /** Where to look when nobody says where. */
    static List<Path> usualPlaces() {
        return DIRECTORIES.stream()
                .flatMap(directory -> FILE_NAMES.stream().map(name -> Path.of(directory, name)))
                .sorted((a, b) ->
                        Integer.compare(
                                FILE_NAMES.indexOf(a.getFileName().toString()),
                                FILE_NAMES.indexOf(b.getFileName().toString())))
                .toList();
    }

    /**
     * Loads the first that can be loaded. Only to be called on x86-64.
     *
     * @param files tried in turn
     */
    static Load load(List<Path> files) {
        final List<Load> tried =
                files.stream().filter(Files::exists).map(IpsecMbLibrary::loadFile).toList();
        return tried.stream()
                .filter(Load.Loaded.class::isInstance)
                .findFirst()
                .orElseGet(() -> new Load.Failed(reason(files, tried)));
    }

    private static String reason(List<Path> files, List<Load> tried) {
        if (!tried.isEmpty()) {
            return tried.stream()
                    .map(load -> load instanceof Load.Failed(String reason) ? reason : "")
                    .collect(Collectors.joining("; "));
        }
        return files.size() == 1
                ? "there is no file " + files.getFirst()
                : "libipsec-mb not found: " + INSTALL;
    }

    @SuppressWarnings("restricted")
    private static Load loadFile(Path file) {
        final Optional<String> failure = SharedObject.failure(file);
        if (failure.isPresent()) {
            return new Load.Failed(file + " " + failure.get());
        }
        try {
            return checked(file, SymbolLookup.libraryLookup(file, Arena.global()));
        } catch (IllegalArgumentException e) {
            // There is no other way to ask the dynamic linker.
            return new Load.Failed(file + " cannot be loaded: " + e.getMessage());
        }
    }

    private static Load checked(Path file, SymbolLookup symbols) {
        final Optional<MemorySegment> getVersion = symbols.find("imb_get_version");
        if (getVersion.isEmpty()) {
            return new Load.Failed(file + " is not libipsec-mb");
        }
        final int version = (int) invoke(getVersion.get(), JAVA_INT);
        final IpsecMbLibrary library = new IpsecMbLibrary(symbols, version);
        final int major = version >>> 16;
        return major == 1 || major == 2
                ? new Load.Loaded(library)
                : new Load.Failed(
                        file
                                + " is version "
                                + library.version()
                                + " of libipsec-mb, of which 1 and 2 are known");
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
        return (packedVersion >>> 16)
                + "."
                + (packedVersion >>> 8 & 0xFF)
                + "."
                + (packedVersion & 0xFF);
    }

    /** Whether its jobs are those that we know. */
    boolean hasKnownJobs() {
        return packedVersion >= JOBS_SINCE;
    }

    /**
     * Calls a function that is no matter of microseconds.
     *
     * @param name of a function that exists in all versions that we know
     * @param arguments numbers or addresses
     * @return what the function returns, if it returns anything
     */
    long call(String name, Long... arguments) {
        return invoke(
                symbols.find(name).orElseThrow(() -> new AssertionError("no " + name)),
                JAVA_LONG,
                arguments);
    }

    @SuppressWarnings("restricted")
    private static long invoke(MemorySegment function, MemoryLayout result, Long... arguments) {
        final MemoryLayout[] layouts = new MemoryLayout[arguments.length];
        Arrays.fill(layouts, JAVA_LONG);
        try {
            final Number returned =
                    (Number)
                            Linker.nativeLinker()
                                    .downcallHandle(
                                            function, FunctionDescriptor.of(result, layouts))
                                    .invokeWithArguments((Object[]) arguments);
            return returned.longValue();
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

    /**
     * ChaCha20-Poly1305, with a manager of its own: takes some milliseconds.
     *
     * @return empty when this version has it in another way, or fails a test of its own
     */
    Optional<IpsecMbChaCha20> chaCha20() {
        return hasKnownJobs()
                ? IpsecMbManager.of(this).map(IpsecMbChaCha20::new)
                : Optional.empty();
    }

    /** A function, for tests. */
    Optional<MemorySegment> function(String name) {
        return symbols.find(name);
    }
}
