package dev.culvert.esp.crypto;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.security.SecureRandom;

/** This host's native engine, for tests that are nothing without it. */
final class NativeEngine {

    private NativeEngine() {}

    /** Skips the test where there is none; in CI, fails it. */
    static IpsecMbEngine require() {
        return switch (IpsecMbEngine.probe()) {
            case IpsecMbEngine.Probe.Usable(IpsecMbEngine engine) -> engine;
            case IpsecMbEngine.Probe.Unusable(String reason) ->
                    "true".equals(System.getenv("CI"))
                            ? fail("CI tests the native engine, too: " + reason)
                            : abort("SKIPPED: " + reason);
        };
    }

    static EspCipherProvider requireProvider() {
        return new IpsecMbCipherProvider(require(), new JdkCipherProvider(new SecureRandom()));
    }
}
