// Janino: compiles an expression and a class at run time.
package library;

import com.google.gson.JsonObject;
import org.codehaus.janino.ExpressionEvaluator;
import org.codehaus.janino.SimpleCompiler;

public final class JaninoWork {
    private JaninoWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        ExpressionEvaluator product = new ExpressionEvaluator();
        product.setParameters(new String[] {"a", "b"}, new Class<?>[] {int.class, int.class});
        product.setExpressionType(int.class);
        product.cook("a * b");
        Check.same(42, product.evaluate(new Object[] {6, 7}));
        SimpleCompiler compiler = new SimpleCompiler();
        compiler.cook("public class Cup { public String toString() { return \"cup\"; } }");
        Check.same("cup", compiler.getClassLoader().loadClass("Cup").getDeclaredConstructor().newInstance().toString());
        return Check.works(Check.version("org.codehaus.janino", "janino"));
    }
}
