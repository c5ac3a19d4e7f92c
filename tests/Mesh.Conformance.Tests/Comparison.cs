using System.Text;

namespace Mesh.Conformance.Tests;

/// <summary>Two traces side by side.</summary>
internal static class Comparison
{
    /// <summary>What to show where two traces differ; <c>null</c> where they are equal.</summary>
    public static string? Difference(Behaviour behaviour, CasePolicy policy, (string Name, string Trace) left, (string Name, string Trace) right)
    {
        if (left.Trace == right.Trace) return null;
        string[] lefts = left.Trace.Split('\n'), rights = right.Trace.Split('\n');
        int width = Math.Max(left.Name.Length, lefts.Max(line => line.Length));
        var text = new StringBuilder().Append(behaviour.Name).Append(" under ").Append(policy.Name).Append(" is decided differently (marked !):\n\n");
        Row(left.Name, right.Name, ' ');
        for (int i = 0; i < Math.Max(lefts.Length, rights.Length); i++)
        {
            string l = i < lefts.Length ? lefts[i] : "", r = i < rights.Length ? rights[i] : "";
            Row(l, r, l == r ? ' ' : '!');
        }
        return text.Append("\nThis case alone: ").Append(Command(behaviour, policy)).Append('\n').ToString();

        void Row(string l, string r, char mark) => text.Append(mark).Append(' ').Append(l.PadRight(width)).Append(" | ").Append(r).Append('\n');
    }

    /// <summary>The command that runs one case.</summary>
    public static string Command(Behaviour behaviour, CasePolicy policy) =>
        $"dotnet test tests/Mesh.Conformance.Tests -c Release --filter \"FullyQualifiedName~Tests.{policy.Name}.&DisplayName~{behaviour.Name}\"";
}
