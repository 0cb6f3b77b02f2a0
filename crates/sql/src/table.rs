//! One table of the lake as the engine sees it: the files that the manifest lists, the name they are stored under as a
//! column.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use datafusion::physical_plan::ExecutionPlan;
use proofmark_lake::{FileEntry, Lake, Table};

/// Every version of every row.
#[derive(Debug)]
pub(crate) struct LakeTable {
    schema: TableSchema,
    files: Vec<PartitionedFile>,
}

impl LakeTable {
    /// `None` for a table without rows.
    pub(crate) fn of(lake: &Lake, table: Table) -> Result<Option<Self>> {
        let entries: Vec<&FileEntry> = lake.files().iter().filter(|file| file.table == table).collect();
        let Some(newest) = entries.last() else { return Ok(None) };
        let columns = columns(&lake.root().join(newest.path()))?;
        let name: FieldRef = Arc::new(Field::new(table.part(), DataType::Utf8, false));
        let schema = TableSchema::builder(columns).with_table_partition_cols(vec![name]).build();
        let root = std::path::absolute(lake.root())?;
        let file = |entry: &&FileEntry| {
            let path = datafusion::object_store::path::Path::from_absolute_path(root.join(entry.path()))
                .map_err(|error| DataFusionError::External(Box::new(error)))?;
            let mut file = PartitionedFile::new(path.to_string(), entry.bytes);
            file.object_meta.location = path;
            file.partition_values = vec![ScalarValue::from(entry.symbol.as_str())];
            Ok(file)
        };
        let files = entries.iter().map(file).collect::<Result<_>>()?;
        Ok(Some(Self { schema, files }))
    }
}

/// The columns of a file, from its footer.
fn columns(path: &Path) -> Result<SchemaRef> {
    // From Parquet's own types, as the engine reads rows: a hostile Arrow schema beside them panics in its decoder.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(File::open(path)?, options)?;
    let schema = reader.schema();
    Ok(Arc::new(Schema::new(schema.fields().clone())))
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let source = Arc::new(ParquetSource::new(self.schema.clone()));
        let workers = state.config().target_partitions().max(1);
        let mut groups: Vec<FileGroup> = Vec::new();
        for files in self.files.chunks(self.files.len().div_ceil(workers).max(1)) {
            groups.push(FileGroup::new(files.to_vec()));
        }
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // The reader skips files and row groups that cannot match; the engine filters again.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}
