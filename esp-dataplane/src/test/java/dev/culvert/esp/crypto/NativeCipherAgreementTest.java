package dev.culvert.esp.crypto;

/** The same with the native engine, and the engine that it leaves the other suites to. */
class NativeCipherAgreementTest extends CipherAgreementTest {

    @Override
    EspCipherProvider provider() {
        return NativeEngine.requireProvider();
    }
}
