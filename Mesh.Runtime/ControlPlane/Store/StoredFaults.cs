using System.Text.Json;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.ControlPlane.Injection;
using Microsoft.Data.Sqlite;

namespace Mesh.Runtime.ControlPlane.Store;

/// <summary>Faults in force, in the database: as they were written, with the wall clock's times.</summary>
/// <param name="database">The database.</param>
/// <param name="journal">Where their beginnings and ends are told, in the same transaction.</param>
/// <param name="reader">Understands them again.</param>
/// <param name="time">The control plane's clock.</param>
internal sealed class StoredFaults(Database database, Journal journal, IFaultReader reader, TimeProvider time) : IFaultStore
{
    public IReadOnlyList<LeasedFault> Load()
    {
        var rows = database.Find("SELECT id, request, by, lease, began, ends, until FROM faults ORDER BY began, id", Row.Read);
        var faults = new List<LeasedFault>();
        foreach (var row in rows)
        {
            if (Restore(row) is { } fault) faults.Add(fault);
            else Forget(row);
        }
        return faults;
    }

    public void Begun(LeasedFault fault) => database.InTransaction(database =>
    {
        var (began, ends, until) = Wall(fault);
        database.Run("INSERT INTO faults (id, request, by, lease, began, ends, until) VALUES ($0, $1, $2, $3, $4, $5, $6)",
            fault.Fault.Id, JsonSerializer.Serialize(fault.Fault.Written), fault.Fault.By, fault.Lease.Ticks, began, ends, until);
        return journal.Append(fault.Fault.By, $"fault {fault.Fault.Id} began: {fault.Fault.Written}", $"for {DurationText.Of(TimeSpan.FromTicks(fault.Until - fault.Began))} at most");
    });

    public void Renewed(LeasedFault fault) => database.InTransaction(database => database.Run("UPDATE faults SET ends = $1 WHERE id = $0", fault.Fault.Id, Wall(fault).Ends));

    public void Ended(IReadOnlyList<LeasedFault> faults, string by, string why)
    {
        if (faults.Count == 0) return;
        database.InTransaction(database =>
        {
            foreach (var fault in faults)
            {
                database.Run("DELETE FROM faults WHERE id = $0", fault.Fault.Id);
                journal.Append(by, $"fault {fault.Fault.Id} ended: {fault.Fault.Written}", why);
            }
            return faults.Count;
        });
    }

    private (long Began, long Ends, long Until) Wall(LeasedFault fault)
    {
        long offset = time.GetUtcNow().UtcTicks - Now;
        return (fault.Began + offset, fault.Ends + offset, fault.Until + offset);
    }

    /// <summary>The row's fault; <c>null</c> where nobody understands it any more. A wall clock that was set back prolongs nothing: what is left is never more than the lease.</summary>
    private LeasedFault? Restore(Row row)
    {
        if (row.Request is not { } request || reader.Read(request, []) is not { } config) return null;
        long offset = time.GetUtcNow().UtcTicks - Now;
        long ends = Math.Min(row.Ends - offset, Now + row.Lease);
        long until = Math.Min(row.Until - offset, Now + (row.Until - row.Began));
        var order = new FaultOrder(row.Id, config, request.Service, request.Version, request.Zone, row.By) { Written = request };
        return new LeasedFault(order, TimeSpan.FromTicks(row.Lease), row.Began - offset, ends) { Until = until };
    }

    private void Forget(Row row) => database.InTransaction(database =>
    {
        database.Run("DELETE FROM faults WHERE id = $0", row.Id);
        return journal.Append(JournalEntry.Itself, $"fault {row.Id} ended", "this MeshLab cannot read it any more");
    });

    private long Now => time.GetElapsedTime(0).Ticks;

    private sealed record Row(string Id, FaultRequest? Request, string By, long Lease, long Began, long Ends, long Until)
    {
        public static Row Read(SqliteDataReader row) => new(row.GetString(0), Parse(row.GetString(1)), row.GetString(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6));

        private static FaultRequest? Parse(string text)
        {
            try
            {
                return JsonSerializer.Deserialize<FaultRequest>(text);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
