namespace Mesh.Scenarios.Cli.Admin;

/// <summary>How two texts differ, line by line: <c>-</c> goes, <c>+</c> comes, by their longest common subsequence.</summary>
internal static class LineDiff
{
    private const int MaxLines = 5000;

    /// <summary>The lines that go or come, each with its number; none where the texts are alike.</summary>
    public static IEnumerable<string> Between(string before, string after)
    {
        string[] old = Lines(before), next = Lines(after);
        int same = 0;
        while (same < old.Length && same < next.Length && old[same] == next[same]) same++;
        int end = 0;
        while (end < old.Length - same && end < next.Length - same && old[^(end + 1)] == next[^(end + 1)]) end++;
        var (a, b) = (old[same..^end], next[same..^end]);
        return a.Length > MaxLines || b.Length > MaxLines ? [$"{a.Length} lines become {b.Length}"] : Script(a, b, same);
    }

    private static IEnumerable<string> Script(string[] a, string[] b, int offset)
    {
        int[,] common = new int[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
            for (int j = b.Length - 1; j >= 0; j--) common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        for (int i = 0, j = 0; i < a.Length || j < b.Length;)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j]) (i, j) = (i + 1, j + 1);
            else if (i < a.Length && (j == b.Length || common[i + 1, j] >= common[i, j + 1])) yield return $"-{offset + i + 1}: {a[i++]}";
            else yield return $"+{offset + j + 1}: {b[j++]}";
        }
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n');
}
