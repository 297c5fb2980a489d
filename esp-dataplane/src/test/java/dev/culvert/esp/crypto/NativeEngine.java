package dev.culvert.esp.crypto;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/**
 * This host's native engine, for tests that are nothing without it. {@code
 * -Dculvert.test.ipsec_mb_library=FILE} tests another one.
 */
final class NativeEngine {

    private static final String LIBRARY_PROPERTY = "culvert.test.ipsec_mb_library";

    private NativeEngine() {}

    /** The library that is tested, if it is not the host's. */
    static Optional<Path> file() {
        return Optional.ofNullable(System.getProperty(LIBRARY_PROPERTY)).map(Path::of);
    }

    /** Where the library may be. */
    static List<Path> files() {
        return file().map(List::of).orElseGet(IpsecMbLibrary::usualPlaces);
    }

    /** Skips the test where there is none; in CI, fails it. */
    static IpsecMbEngine require() {
        return switch (IpsecMbEngine.probe(file())) {
            case IpsecMbEngine.Probe.Usable(IpsecMbEngine engine) -> engine;
            case IpsecMbEngine.Probe.Unusable(String reason) ->
                    "true".equals(System.getenv("CI"))
                            ? fail("CI tests the native engine, too: " + reason)
                            : abort("SKIPPED: " + reason);
        };
    }

    static IpsecMbLibrary requireLibrary() {
        require();
        return switch (IpsecMbLibrary.load(files())) {
            case IpsecMbLibrary.Load.Loaded(IpsecMbLibrary library) -> library;
            case IpsecMbLibrary.Load.Failed(String reason) -> fail(reason);
        };
    }

    static EspCipherProvider requireProvider() {
        return new IpsecMbCipherProvider(require(), new JdkCipherProvider(new SecureRandom()));
    }
}
