// Lucene: an index in memory and a search in it.
package library;

import com.google.gson.JsonObject;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.Version;

public final class LuceneWork {
    private LuceneWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        try (Directory folder = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(folder, new IndexWriterConfig(new StandardAnalyzer()))) {
                for (String text : new String[] {"green tea", "black tea", "black coffee"}) {
                    Document document = new Document();
                    document.add(new TextField("text", text, Field.Store.YES));
                    writer.addDocument(document);
                }
            }
            try (DirectoryReader reader = DirectoryReader.open(folder)) {
                IndexSearcher searcher = new IndexSearcher(reader);
                TopDocs found = searcher.search(new TermQuery(new Term("text", "tea")), 10);
                Check.same(2L, found.totalHits.value);
                Check.same("green tea", searcher.storedFields().document(found.scoreDocs[0].doc).get("text"));
            }
        }
        return Check.works(Version.LATEST.toString());
    }
}
