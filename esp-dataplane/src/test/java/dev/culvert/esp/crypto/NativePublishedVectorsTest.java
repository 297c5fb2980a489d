package dev.culvert.esp.crypto;

/** The same with the native engine, whose buffers are here on the heap. */
class NativePublishedVectorsTest extends PublishedVectorsTest {

    @Override
    EspCipherProvider provider() {
        return NativeEngine.requireProvider();
    }
}
