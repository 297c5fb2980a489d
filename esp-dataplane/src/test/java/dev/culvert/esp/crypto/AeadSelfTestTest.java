package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The test at the start finds what it is there for. */
class AeadSelfTestTest {

    @BeforeEach
    void needLibrary() {
        NativeEngine.require();
    }

    @Test
    void shouldFindNothingWhenFunctionsAreRight() {
        assertThat(AeadSelfTest.failure(gcm(16, "pre_128", "enc_128", "dec_128"))).isEmpty();
    }

    @Test
    void shouldFindNothingWhenChaCha20IsRight() {
        assertThat(AeadSelfTest.failure(NativeEngine.requireLibrary().chaCha20().orElseThrow()))
                .isEmpty();
    }

    @Test
    void shouldSayWhatIsWrongWhenFunctionsDoSomethingElse() {
        assertThat(AeadSelfTest.failure(gcm(16, "pre_128", "enc_128", "enc_128"))).isPresent();
        assertThat(AeadSelfTest.failure(gcm(16, "pre_128", "dec_128", "dec_128"))).isPresent();
        assertThat(AeadSelfTest.failure(gcm(24, "pre_192", "enc_128", "dec_128")))
                .hasValue("wrong answer to a published test");
    }

    private static IpsecMbGcm gcm(int keyBytes, String expand, String seal, String open) {
        return new IpsecMbGcm(
                GcmInstructionSet.AVX_GEN4, keyBytes, symbol(expand), symbol(seal), symbol(open));
    }

    private static MemorySegment symbol(String name) {
        return NativeEngine.requireLibrary()
                .function("aes_gcm_" + name + "_avx_gen4")
                .orElseThrow();
    }
}
