// Bouncy Castle: its provider by name, a cipher and a signature.
package library;

import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.security.Signature;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public final class BouncyCastleWork {
    private BouncyCastleWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        byte[] text = "three cups".getBytes(StandardCharsets.UTF_8);
        SecretKeySpec key = new SecretKeySpec(new byte[16], "AES");
        GCMParameterSpec start = new GCMParameterSpec(128, new byte[12]);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", "BC");
        cipher.init(Cipher.ENCRYPT_MODE, key, start);
        byte[] hidden = cipher.doFinal(text);
        cipher.init(Cipher.DECRYPT_MODE, key, start);
        Check.same("three cups", new String(cipher.doFinal(hidden), StandardCharsets.UTF_8));
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519", "BC").generateKeyPair();
        Signature signature = Signature.getInstance("Ed25519", "BC");
        signature.initSign(pair.getPrivate());
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(pair.getPublic());
        signature.update(text);
        Check.that(signature.verify(signed), "the signature does not fit");
        Check.that(Security.getProvider("BC") instanceof BouncyCastleProvider, "another's provider");
        return Check.works(Security.getProvider("BC").getVersionStr());
    }
}
