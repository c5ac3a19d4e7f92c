using System.Text.Json;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>What Elasticsearch said of a batch.</summary>
/// <param name="Again">Documents to send again.</param>
/// <param name="Refused">How many are lost.</param>
/// <param name="Status">The status of the first that is lost, else of the first to send again; 0 without an answer.</param>
/// <param name="Reason">Its reason.</param>
/// <param name="RetryAfter">How long the server wants to be left alone; <c>null</c> where it does not say.</param>
internal sealed record BulkAnswer(List<int> Again, int Refused, int Status, string Reason, TimeSpan? RetryAfter)
{
    /// <summary>No answer came: all of them again.</summary>
    public static BulkAnswer None(List<int> sent, string reason) => new(sent, 0, 0, reason, null);

    /// <summary>Reads the answer for the documents that were sent, in their order.</summary>
    public static async Task<BulkAnswer> ReadAsync(HttpResponseMessage response, List<int> sent, TimeProvider time, CancellationToken cancellation)
    {
        int status = (int)response.StatusCode;
        if (status == 429 || status >= 500)
        {
            var after = response.Headers.RetryAfter;
            return new(sent, 0, status, $"status {status}.", after?.Delta ?? (after?.Date is { } date ? Max(date - time.GetUtcNow(), TimeSpan.Zero) : null));
        }
        if (!response.IsSuccessStatusCode) return new([], sent.Count, status, $"status {status} for the whole batch.", null);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellation).ConfigureAwait(false);
            return json.RootElement.GetProperty("errors").GetBoolean() ? Items(json.RootElement.GetProperty("items"), sent) : new([], 0, status, "", null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new([], sent.Count, status, "an answer that is not Elasticsearch's.", null);
        }
    }

    private static BulkAnswer Items(JsonElement items, List<int> sent)
    {
        List<int> again = [];
        int refused = 0, next = 0;
        (int Status, string Reason)? firstRefused = null, firstBusy = null;
        foreach (var item in items.EnumerateArray())
        {
            if (next == sent.Count) break;
            int document = sent[next++];
            var result = item.EnumerateObject().First().Value;
            int status = result.GetProperty("status").GetInt32();
            if (status < 300) continue;
            if (status == 429 || status >= 500)
            {
                again.Add(document);
                firstBusy ??= (status, ReasonOf(result));
                continue;
            }
            refused++;
            firstRefused ??= (status, ReasonOf(result));
        }
        var (firstStatus, firstReason) = firstRefused ?? firstBusy ?? (0, "");
        return new(again, refused, firstStatus, firstReason, null);
    }

    private static string ReasonOf(JsonElement result)
    {
        if (!result.TryGetProperty("error", out var error)) return "no reason given.";
        string type = error.TryGetProperty("type", out var name) ? name.ToString() : "error";
        return error.TryGetProperty("reason", out var reason) ? $"{type}: {reason}" : type;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
