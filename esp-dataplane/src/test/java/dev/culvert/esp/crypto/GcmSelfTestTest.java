package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The test at the start finds what it is there for. */
class GcmSelfTestTest {

    @BeforeEach
    void needLibrary() {
        NativeEngine.require();
    }

    @Test
    void shouldFindNothingWhenFunctionsAreRight() {
        assertThat(GcmSelfTest.failure(gcm(16, "pre_128", "enc_128", "dec_128"))).isEmpty();
    }

    @Test
    void shouldSayWhatIsWrongWhenFunctionsDoSomethingElse() {
        assertThat(GcmSelfTest.failure(gcm(16, "pre_128", "enc_128", "enc_128"))).isPresent();
        assertThat(GcmSelfTest.failure(gcm(16, "pre_128", "dec_128", "dec_128"))).isPresent();
        assertThat(GcmSelfTest.failure(gcm(24, "pre_192", "enc_128", "dec_128")))
                .hasValue("wrong answer to a published test");
    }

    private static IpsecMbGcm gcm(int keyBytes, String expand, String seal, String open) {
        return new IpsecMbGcm(
                GcmInstructionSet.AVX_GEN4, keyBytes, symbol(expand), symbol(seal), symbol(open));
    }

    @SuppressWarnings("restricted")
    private static MemorySegment symbol(String name) {
        return IpsecMbLibrary.FILE_NAMES.stream()
                .filter(file -> IpsecMbLibrary.load(List.of(file)).isPresent())
                .map(file -> SymbolLookup.libraryLookup(file, Arena.global()))
                .map(symbols -> symbols.find("aes_gcm_" + name + "_avx_gen4"))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow();
    }
}
