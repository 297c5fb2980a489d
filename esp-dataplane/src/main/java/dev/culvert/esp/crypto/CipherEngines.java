package dev.culvert.esp.crypto;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.Supplier;

/** Which engine seals and opens packets. */
public final class CipherEngines {

    private CipherEngines() {}

    /** What is asked for. */
    public enum Choice {
        /** The JDK's own ciphers. */
        JDK,
        /** Native code for the algorithms that it is there and tested for, else the JDK. */
        AUTO,
        /** Native code, or none. Algorithms that it does not have are the JDK's. */
        NATIVE
    }

    /** What is had. */
    public sealed interface Selection {

        /**
         * An engine.
         *
         * @param name for logs, such as {@code jdk}
         * @param reason what is not native, and why; empty when it is what was asked for
         * @param providers makes a provider for each agent
         */
        record Selected(String name, Optional<String> reason, Supplier<EspCipherProvider> providers)
                implements Selection {

            /** The name, and the reason in parentheses. */
            public String description() {
                return reason.map(why -> name + " (" + why + ")").orElse(name);
            }
        }

        /**
         * None.
         *
         * @param reason what is missing, and how to get it
         */
        record Unavailable(String reason) implements Selection {}
    }

    /**
     * Chooses an engine. Unless it is to be the JDK's, loads the native library and tests its
     * functions, which takes some milliseconds.
     *
     * @param library file of libipsec-mb; empty to look where libraries are
     * @return never {@link Selection.Unavailable} but for {@link Choice#NATIVE}
     */
    public static Selection select(Choice choice, Optional<Path> library) {
        return switch (choice) {
            case JDK -> jdk(Optional.empty());
            case AUTO -> select(IpsecMbEngine.probe(library), true);
            case NATIVE -> select(IpsecMbEngine.probe(library), false);
        };
    }

    static Selection select(IpsecMbEngine.Probe probe, boolean fallBack) {
        return switch (probe) {
            case IpsecMbEngine.Probe.Usable(IpsecMbEngine engine) ->
                    new Selection.Selected(
                            engine.name(),
                            engine.lacking().map(why -> "ChaCha20-Poly1305 by the JDK: " + why),
                            () -> new IpsecMbCipherProvider(engine, jdkProvider()));
            case IpsecMbEngine.Probe.Unusable(String reason) ->
                    fallBack ? jdk(Optional.of(reason)) : new Selection.Unavailable(reason);
        };
    }

    private static Selection jdk(Optional<String> reason) {
        return new Selection.Selected("jdk", reason, CipherEngines::jdkProvider);
    }

    private static EspCipherProvider jdkProvider() {
        return new JdkCipherProvider(new SecureRandom());
    }
}
